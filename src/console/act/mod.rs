//! The table of everything that acts on the cluster: by the menu, by the command line of the console, and its twin outside.
