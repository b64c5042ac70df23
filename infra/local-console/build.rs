//! Has the crate compiled again when a file comes into the folder of the page, or goes.

fn main() {
    println!("cargo::rerun-if-changed=page");
}
