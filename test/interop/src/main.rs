//! nova-interop: nova-snark 0.76.0 from the command line. See README.md.
mod circuits;
mod commitments;
mod direct;
mod openings;
mod session;
mod values;

use nova_snark::{
    nova::PublicParams,
    provider::{
        hyperkzg, ipa_pc, mercury, Bn256EngineIPA, Bn256EngineKZG, GrumpkinEngine, PallasEngine,
        Secp256k1Engine, Secq256k1Engine, VestaEngine,
    },
    spartan::{ppsnark, snark},
    traits::snark::{default_ck_hint, RelaxedR1CSSNARKTrait},
};
use serde_json::{json, Value};
use session::{run, Command, Outcome, Request, Setup};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

const USAGE: &str = "usage:
  nova-interop make   --cycle CYCLE --circuit C --steps N --out DIR [--hint H] [--snark S] [--z0 A,B,..]
  nova-interop verify [--cycle ..] [--circuit C] [--steps N] [--hint H] [--snark S] [--z0 A,B,..] DIR|FILE
  nova-interop params --cycle .. --circuit C [--hint H]
  nova-interop bench  --cycle .. --circuit C [--hint H] [--snark S] [--samples N]
  nova-interop make-direct   --cycle .. --circuit C --snark snark|ppsnark --out DIR [--z0 A,B,..]
  nova-interop verify-direct --cycle .. --circuit C --snark snark|ppsnark --z0 A,B,.. FILE
  nova-interop openings DIR
  nova-interop commit --curve pallas|vesta|bn256|.. --log N [--scalars dense|bits] [--samples N]
CYCLE: pasta, bn-ipa, secp; with --ptau DIR also bn-kzg, bn-mercury
C: trivial, cubic, square:N, minroot:N, wide:N     H: default, ppsnark, ppsnark2     S: none, snark, ppsnark, ppsnark2";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|command| command == "commit") {
        return answer(commitment_task(&args[1..]).and_then(|task| commitments::run(&task)));
    }
    if let [command, folder] = args.as_slice() {
        if command == "openings" {
            return answer(openings::run(Path::new(folder)));
        }
    }
    let (request, out) = match parse(&args) {
        Ok(parsed) => parsed,
        Err(message) => {
            eprintln!("nova-interop: {message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let outcome = dispatch(&request).and_then(|outcome| {
        if let Some(dir) = out {
            write(&dir, &outcome)?;
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
    // without pairings no file is needed
    macro_rules! pedersen {
        () => {
            |c, hint1, hint2, _| PublicParams::setup(c, hint1, hint2)
        };
    }
    macro_rules! powers_of_tau {
        () => {
            |c, hint1, hint2, dir| {
                PublicParams::setup_with_ptau_dir(c, hint1, hint2, dir.unwrap_or(Path::new(".")))
            }
        };
    }
    macro_rules! on {
        ($E1:ty, $E2:ty, $EE1:ty, $EE2:ty, $setup:expr) => {{
            type Snark<E, EE> = snark::RelaxedR1CSSNARK<E, EE>;
            type Preprocessing<E, EE> = ppsnark::RelaxedR1CSSNARK<E, EE>;
            if request.direct {
                return match request.snark.as_str() {
                    "snark" => direct::run::<$E1, Snark<$E1, $EE1>>(request),
                    "ppsnark" => direct::run::<$E1, Preprocessing<$E1, $EE1>>(request),
                    other => Err(format!("no direct SNARK '{other}': use snark or ppsnark")),
                };
            }
            let setup: Setup<$E1, $E2> = $setup;
            let hints = match request.hint.as_str() {
                "default" => (default_ck_hint(), default_ck_hint()),
                "ppsnark" => (Preprocessing::<$E1, $EE1>::ck_floor(), default_ck_hint()),
                "ppsnark2" => {
                    (Preprocessing::<$E1, $EE1>::ck_floor(), Preprocessing::<$E2, $EE2>::ck_floor())
                }
                other => return Err(format!("no hint '{other}': use default, ppsnark or ppsnark2")),
            };
            match request.snark.as_str() {
                "none" | "snark" => {
                    run::<$E1, $E2, Snark<$E1, $EE1>, Snark<$E2, $EE2>>(request, setup, hints)
                }
                "ppsnark" => {
                    run::<$E1, $E2, Preprocessing<$E1, $EE1>, Snark<$E2, $EE2>>(request, setup, hints)
                }
                "ppsnark2" => {
                    run::<$E1, $E2, Preprocessing<$E1, $EE1>, Preprocessing<$E2, $EE2>>(request, setup, hints)
                }
                other => Err(format!("no SNARK '{other}': use none, snark, ppsnark or ppsnark2")),
            }
        }};
    }
    type Ipa<E> = ipa_pc::EvaluationEngine<E>;
    type Kzg = hyperkzg::EvaluationEngine<Bn256EngineKZG>;
    type Mercury = mercury::EvaluationEngine<Bn256EngineKZG>;
    match request.cycle.as_str() {
        "pasta" => on!(PallasEngine, VestaEngine, Ipa<PallasEngine>, Ipa<VestaEngine>, pedersen!()),
        "bn-ipa" => {
            on!(Bn256EngineIPA, GrumpkinEngine, Ipa<Bn256EngineIPA>, Ipa<GrumpkinEngine>, pedersen!())
        }
        "secp" => {
            on!(Secp256k1Engine, Secq256k1Engine, Ipa<Secp256k1Engine>, Ipa<Secq256k1Engine>, pedersen!())
        }
        "bn-kzg" => on!(Bn256EngineKZG, GrumpkinEngine, Kzg, Ipa<GrumpkinEngine>, powers_of_tau!()),
        "bn-mercury" => on!(Bn256EngineKZG, GrumpkinEngine, Mercury, Ipa<GrumpkinEngine>, powers_of_tau!()),
        other => Err(format!("no cycle '{other}': use pasta, bn-ipa, bn-kzg, bn-mercury or secp")),
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
            Some(
                name @ ("cycle" | "circuit" | "hint" | "steps" | "z0" | "out" | "samples" | "snark" | "ptau"),
            ) => {
                options[name] = json!(rest.next().ok_or(format!("--{name} needs a value"))?);
            }
            Some(name) => return Err(format!("no option --{name}")),
            None => paths.push(Path::new(arg)),
        }
    }

    let (command, direct) = match command.strip_suffix("-direct") {
        Some(command @ ("make" | "verify")) => (command, true),
        Some(_) => return Err(format!("no command '{command}'")),
        None => (command.as_str(), false),
    };
    let mut folder = None;
    if let ("verify", false, [path]) = (command, direct, paths.as_slice()) {
        folder = path.is_dir().then_some(*path);
    }
    let meta = match folder {
        Some(path) => {
            serde_json::from_slice(&read(&path.join("meta.json"))?).map_err(|e| format!("meta.json: {e}"))?
        }
        None => Value::Null,
    };
    let option = |name: &str| text_of(&options[name]).or_else(|| text_of(&meta[name]));
    let needed = |name: &str| option(name).ok_or(format!("--{name} is needed"));
    let snark = option("snark").unwrap_or("none".into());

    let command = match (command, paths.as_slice()) {
        ("verify", [path]) => {
            let name = if snark == "none" { "recursive.bin" } else { "compressed.bin" };
            let vk = folder.map(|path| path.join("vk.bin")).filter(|path| snark != "none" && path.exists());
            Command::Verify {
                proof: read(&folder.map_or(path.to_path_buf(), |path| path.join(name)))?,
                vk: vk.map(|path| read(&path)).transpose()?,
            }
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

    let steps = match &command {
        Command::Make | Command::Verify { .. } if !direct => positive(needed("steps")?, "steps")?,
        _ => 0,
    };
    let out = match &command {
        Command::Make => Some(PathBuf::from(needed("out")?)),
        _ => None,
    };
    // a SNARK with preprocessing needs its room
    let implied = if snark.starts_with("pp") { snark.clone() } else { "default".into() };
    let request = Request {
        command,
        direct,
        cycle: needed("cycle")?,
        circuit: needed("circuit")?,
        hint: option("hint").unwrap_or(implied),
        snark,
        ptau: text_of(&options["ptau"]).map(PathBuf::from),
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

fn write(dir: &Path, outcome: &Outcome) -> Result<(), String> {
    let meta = format!("{:#}\n", outcome.facts);
    let write = || {
        fs::create_dir_all(dir)?;
        for (name, bytes) in &outcome.files {
            fs::write(dir.join(name), bytes)?;
        }
        fs::write(dir.join("meta.json"), meta)
    };
    write().map_err(|e: std::io::Error| format!("{}: {e}", dir.display()))
}
