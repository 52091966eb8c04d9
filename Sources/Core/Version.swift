/// The version of the program, written into every checkpoint.
public let csgDistVersion = "0.1.0"
