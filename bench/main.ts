import { Lock } from 'threadwork';
console.log(new Lock());
