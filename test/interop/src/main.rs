//! nova-interop: nova-snark 0.76.0 from the command line. See README.md.
mod circuits;
mod commitments;
mod session;
mod values;

use nova_snark::{
    provider::{
        ipa_pc::EvaluationEngine, Bn256EngineIPA, GrumpkinEngine, PallasEngine, Secp256k1Engine,
        Secq256k1Engine, VestaEngine,
    },
    spartan::ppsnark::RelaxedR1CSSNARK,
};
use serde_json::{json, Value};
use session::{run, Command, Outcome, Request};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

const USAGE: &str = "usage:
  nova-interop make   --cycle pasta|bn-ipa|secp --circuit C --steps N --out DIR [--hint H] [--z0 A,B,..]
  nova-interop verify [--cycle ..] [--circuit C] [--steps N] [--hint H] [--z0 A,B,..] DIR|FILE
  nova-interop params --cycle .. --circuit C [--hint H]
  nova-interop bench  --cycle .. --circuit C [--hint H] [--samples N]
  nova-interop commit --curve pallas|vesta|bn256|.. --log N [--scalars dense|bits] [--samples N]
C: trivial, cubic, square:N, minroot:N, wide:N     H: default, ppsnark, ppsnark2";

/// The preprocessing SNARK with IPA, for its commitment-key size.
type Preprocessing<E> = RelaxedR1CSSNARK<E, EvaluationEngine<E>>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|command| command == "commit") {
        return answer(commitment_task(&args[1..]).and_then(|task| commitments::run(&task)));
    }
    let (request, out) = match parse(&args) {
        Ok(parsed) => parsed,
        Err(message) => {
            eprintln!("nova-interop: {message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let outcome = dispatch(&request).and_then(|outcome| {
        if let (Some(dir), Some(proof)) = (out, &outcome.proof) {
            write(&dir, proof, &outcome.facts)?;
        }
        Ok(outcome.facts)
    });
    match outcome {
        Ok(facts) => {
            println!("{facts}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let mut answer = json!({ "error": error });
            if matches!(request.command, Command::Verify { .. }) {
                answer["accepted"] = json!(false);
            }
            println!("{answer}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the facts, or the error.
fn answer(facts: Result<Value, String>) -> ExitCode {
    match facts {
        Ok(facts) => {
            println!("{facts}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{}", json!({ "error": error }));
            ExitCode::FAILURE
        }
    }
}

/// Reads the options of `commit`.
fn commitment_task(args: &[String]) -> Result<commitments::Task, String> {
    let mut options = json!({ "scalars": "dense", "samples": "5" });
    for pair in args.chunks(2) {
        match (pair[0].strip_prefix("--"), pair.get(1)) {
            (Some(name @ ("curve" | "log" | "scalars" | "samples")), Some(value)) => {
                options[name] = json!(value);
            }
            _ => return Err(format!("commit: '{}' is no option, or lacks its value", pair[0])),
        }
    }
    let option = |name: &str| text_of(&options[name]).ok_or(format!("--{name} is needed"));
    Ok(commitments::Task {
        curve: option("curve")?,
        scalars: option("scalars")?,
        log: positive(option("log")?, "log")? as u32,
        samples: positive(option("samples")?, "samples")?,
    })
}

fn dispatch(request: &Request) -> Result<Outcome, String> {
    macro_rules! on {
        ($E1:ty, $E2:ty) => {
            run::<$E1, $E2, Preprocessing<$E1>, Preprocessing<$E2>>(request)
        };
    }
    match request.cycle.as_str() {
        "pasta" => on!(PallasEngine, VestaEngine),
        "bn-ipa" => on!(Bn256EngineIPA, GrumpkinEngine),
        "secp" => on!(Secp256k1Engine, Secq256k1Engine),
        other => Err(format!("no cycle '{other}': use pasta, bn-ipa or secp")),
    }
}

/// Reads the command line, and for `verify` the proof and what the `meta.json` beside it says. Options win over
/// `meta.json`.
fn parse(args: &[String]) -> Result<(Request, Option<PathBuf>), String> {
    let (command, rest) = args.split_first().ok_or("no command")?;
    let (mut options, mut paths) = (json!({}), vec![]);
    let mut rest = rest.iter();
    while let Some(arg) = rest.next() {
        match arg.strip_prefix("--") {
            Some(name @ ("cycle" | "circuit" | "hint" | "steps" | "z0" | "out" | "samples")) => {
                options[name] = json!(rest.next().ok_or(format!("--{name} needs a value"))?);
            }
            Some(name) => return Err(format!("no option --{name}")),
            None => paths.push(Path::new(arg)),
        }
    }

    let mut meta = Value::Null;
    let command = match (command.as_str(), paths.as_slice()) {
        ("verify", [path]) => {
            let file = if path.is_dir() { path.join("recursive.bin") } else { path.to_path_buf() };
            if path.is_dir() {
                meta = serde_json::from_slice(&read(&path.join("meta.json"))?)
                    .map_err(|e| format!("meta.json: {e}"))?;
            }
            Command::Verify { proof: read(&file)? }
        }
        ("verify", _) => return Err("verify needs one folder or file".into()),
        (_, [path, ..]) => return Err(format!("unexpected argument {}", path.display())),
        ("make", _) => Command::Make,
        ("params", _) => Command::Params,
        ("bench", _) => Command::Bench {
            samples: positive(text_of(&options["samples"]).unwrap_or("5".into()), "samples")?,
        },
        (other, _) => return Err(format!("no command '{other}'")),
    };

    let option = |name: &str| text_of(&options[name]).or_else(|| text_of(&meta[name]));
    let needed = |name: &str| option(name).ok_or(format!("--{name} is needed"));
    let steps = match &command {
        Command::Make | Command::Verify { .. } => positive(needed("steps")?, "steps")?,
        Command::Params | Command::Bench { .. } => 0,
    };
    let out = match &command {
        Command::Make => Some(PathBuf::from(needed("out")?)),
        _ => None,
    };
    let request = Request {
        command,
        cycle: needed("cycle")?,
        circuit: needed("circuit")?,
        hint: option("hint").unwrap_or("default".into()),
        steps,
        z0: option("z0").map(|z0| z0.split(',').map(str::to_owned).collect()),
    };
    Ok((request, out))
}

/// A JSON string or number as text; an array as its elements joined by commas, as on the command line.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(values) => values.iter().map(text_of).collect::<Option<Vec<_>>>().map(|v| v.join(",")),
        _ => None,
    }
}

fn positive(text: String, name: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or(format!("--{name} needs a whole number from 1, not '{text}'"))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn write(dir: &Path, proof: &[u8], facts: &Value) -> Result<(), String> {
    let meta = format!("{facts:#}\n");
    fs::create_dir_all(dir)
        .and_then(|()| fs::write(dir.join("recursive.bin"), proof))
        .and_then(|()| fs::write(dir.join("meta.json"), meta))
        .map_err(|e| format!("{}: {e}", dir.display()))
}
