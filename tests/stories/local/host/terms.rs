//! Placeholder of this story's file.
