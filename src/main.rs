//! Hands the arguments to a door.

fn main() -> std::process::ExitCode {
    deploylint::doors::cli::main()
}
