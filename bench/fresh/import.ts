// Prints the ms that importing the package takes in this process.
const start = performance.now();
await import('threadwork');
console.log(performance.now() - start);
