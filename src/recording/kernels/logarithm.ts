/** Math.log, imported from the module that this file's name stands for. */
export declare function log(x: f64): f64;
