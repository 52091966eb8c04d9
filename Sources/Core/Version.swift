/// The version of the program, written into every checkpoint.
package let csgDistVersion = "0.1.0"
