"""One file per channel; each has pure hear() and show(), and the I/O around them."""
