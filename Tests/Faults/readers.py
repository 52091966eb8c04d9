"""What csg-dist reads, for `mutations`: small sound files of every kind, and the commands that read them."""

import dataclasses
import gzip
import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import field

CONFIGURATION = field.CONFIGURATION.replace("keep: 2", "keep: 1").replace("batch_size: 6", "batch_size: 9")


@dataclasses.dataclass(frozen=True)
class Command:
    """Arguments, and what must not be there once it has refused."""
    arguments: str
    outputs: tuple = ()
    prints: bool = True  # stdout is a document, whole or empty
    is_exact: bool = False  # what is accepted has the undisturbed stdout


@dataclasses.dataclass(frozen=True)
class Kind:
    """Files of a kind: their form, which may be mutated, what lies beside them, and who reads them."""
    form: str
    files: tuple
    given: tuple
    commands: tuple


def command(arguments, *outputs, prints=True, is_exact=False):
    return Command(arguments, outputs, prints, is_exact)


def on_split(data, checkpoint, settings="", is_exact=True):
    return (command(f"inspect {data} --verify --json", is_exact=is_exact),
            command(f"evaluate {checkpoint} --data {data} --json {settings}", is_exact=is_exact))


def of_run(*files):
    return files, ("run", "data", "run.yaml")


RESUME = command("train run.yaml --output run --resume auto --max-steps 3", prints=False)
IMPORT = command("import {} --architecture resnet8 --classes 3 --output new.h5", "new.h5")
ATTACK = command("attack c.h5 --data data --output {} --method pgd --steps 2 --batch 1 --report new.html --json",
                 "new.html")
LOCALIZE = command("localize animals.h5 --data masked --output new --method activmap --json", "new/localization.json",
                   "new/localization.html")
COMPARE = command("compare run other --json"), command("compare run other --output new", "new/compare.json")


def importing(source, folder):
    return command(f"prepare {source} --input {folder} --output new --shards 1 --json", "new/train/manifest.json",
                   "new/test/manifest.json")


def detecting(folder):
    return command(f"detect c.h5 --data data --output {folder} --method fgsm --per-class 2 --test-per-class 2 "
                   "--repeats 1 --trees 2 --json", f"{folder}/detection.json", f"{folder}/detection.html")


def shards(data):
    return tuple(f"{data}/{split}/shard-00000.h5" for split in ("train", "test"))


KINDS = {
    "shard": Kind("hdf5", shards("data"), ("data", "c.h5", "run.yaml"), (
        *on_split("data", "c.h5"), command("train run.yaml --output new --max-steps 2", prints=False))),
    "shard of JPEG": Kind("hdf5", shards("jpeg"), ("jpeg", "c.h5"), on_split(
        "jpeg", "c.h5", "--set data.image_size=16")),
    "shard with masks": Kind("hdf5", shards("masked"), ("masked", "animals.h5"), (
        *on_split("masked", "animals.h5"), LOCALIZE)),
    "manifest": Kind("text", ("data/train/manifest.json", "data/test/manifest.json"), ("data", "c.h5", "run.yaml"), (
        *on_split("data", "c.h5", is_exact=False), command("train run.yaml --output new --dry-run"),
        command("inspect data --digest"))),
    "manifest with masks": Kind("text", ("masked/test/manifest.json",), ("masked", "animals.h5"), (
        *on_split("masked", "animals.h5", is_exact=False), LOCALIZE)),
    "checkpoint": Kind("hdf5", ("c.h5",), ("c.h5", "data", "run.yaml", "pictures"), (
        command("predict c.h5 pictures/val --json", is_exact=True), command("export c.h5 --pytorch new", "new/load.py"),
        command("inspect c.h5 --json", is_exact=True), command("inspect c.h5 --digest", is_exact=True),
        command("evaluate c.h5 --data data --json", is_exact=True), command("export c.h5 --output new", "new"),
        command("train run.yaml --output new --dry-run --set model.weights=c.h5"),
        command("train run.yaml --output new --resume c.h5 --max-steps 4", prints=False))),
    "safetensors": Kind("safetensors", ("w.safetensors",), ("w.safetensors", "data", "run.yaml"), (
        IMPORT, command("import w.safetensors --output new.h5", "new.h5"),
        command("train run.yaml --output new --dry-run --set model.weights=w.safetensors"))),
    "safetensors index": Kind("text", ("w.safetensors.index.json",), ("w.safetensors.index.json", "w.safetensors"), (
        IMPORT,)),
    "safetensors part": Kind("safetensors", ("w.safetensors",), ("w.safetensors.index.json", "w.safetensors"), (
        command("import w.safetensors.index.json --architecture resnet8 --classes 3 --output new.h5", "new.h5"),)),
    "IDX": Kind("idx", tuple(f"mnist/{part}" for part in (
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")),
        ("mnist",), (importing("fashion-mnist", "mnist"),)),
    "IDX in gzip": Kind("gzip", tuple(f"mnist.gz/{part}.gz" for part in (
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")),
        ("mnist.gz",), (importing("fashion-mnist", "mnist.gz"),)),
    "CIFAR": Kind("bytes", ("cifar/data_batch_2.bin", "cifar/test_batch.bin", "cifar/train.bin", "cifar/test.bin"),
                  ("cifar",), (importing("cifar10", "cifar"), importing("cifar100", "cifar"))),
    "CIFAR's names": Kind("text", ("cifar/batches.meta.txt",), ("cifar",), (importing("cifar10", "cifar"),)),
    "configuration": Kind("yaml", ("all.yaml", "run.yaml", "extending.yaml"), (
        "all.yaml", "run.yaml", "extending.yaml", "data"), (
        command("train {} --output new --dry-run"), command("doctor --config {}", prints=False))),
    "run's records": Kind("text", *of_run("run/metrics.jsonl"), (RESUME,)),
    "run's events": Kind("bytes", *of_run("run/events"), (RESUME,)),
    "run's configuration": Kind("yaml", *of_run("run/config.yaml"), (
        RESUME, command("inspect run --json"), command("evaluate run --data data --json"))),
    "run's latest": Kind("text", *of_run("run/checkpoints/latest", "run/checkpoints/best"), (
        RESUME, command("inspect run --json"), command("export run --output new", "new"))),
    "run's checkpoint": Kind("hdf5", *of_run("run/checkpoints/step-000000002.h5"), (
        RESUME, command("inspect run --digest"))),
    "compared records": Kind("text", ("run/metrics.jsonl", "run/config.yaml"), ("run", "other"), COMPARE),
    "compared metrics": Kind("text", ("run/analysis/metrics.json",), ("run", "other"), COMPARE),
    "attack": Kind("hdf5", ("attack.h5",), ("attack.h5", "c.h5", "data"), (ATTACK,)),
    "attack's journal": Kind("bytes", ("journal.h5.partial",), ("journal.h5.partial", "c.h5", "data"), (
        dataclasses.replace(ATTACK, arguments=ATTACK.arguments.format("journal.h5"), is_exact=True),)),
    # With features there attacks are not read again.
    "detected attacks": Kind("hdf5", tuple(f"attacked/attacks/network-fgsm-{part}.h5" for part in ("train", "test")), (
        "attacked", "c.h5", "data"), (detecting("attacked"),)),
    "features": Kind("hdf5", tuple(f"detection/features/network-{part}.h5" for part in (
        "fgsm-noise-test", "fgsm-test", "fgsm-train", "normal-test", "normal-train")), (
        "detection", "c.h5", "data"), (detecting("detection"),)),
    "forest": Kind("text", ("detection/forests/network-fgsm-2-0.json",), ("detection", "c.h5", "data"), (
        detecting("detection"),)),
}

@dataclasses.dataclass(frozen=True)
class Batch:
    """Files of which many go into one run, {} standing for the stem of a name: as which file, of what sound ones, with
    what beside a mutant that lay beside its original."""
    form: str
    file: str
    sources: str
    given: tuple
    commands: tuple
    beside: tuple = ()


def of_pictures(form, suffix, *settings):
    predict = command("predict c.h5 pictures/train/red --skip-corrupt --json")
    prepare = "prepare image-folder --input pictures --output new --shards 1 --skip-corrupt --allow-loss --json"
    return Batch(form, f"pictures/train/red/{{}}.{suffix}", f"sources/*.{suffix}", ("pictures", "c.h5"), (predict, *(
        command(f"{prepare} {setting}", "new/train/manifest.json") for setting in settings)))


def of_devkit(form, file, *beside):
    return Batch(form, file, file.format("*"), ("devkit",), (command(
        "prepare pascal-part --input devkit --output new --shards 1 --size 16 --skip-corrupt --json",
        "new/train/manifest.json"),), beside)


PHOTO, OUTLINES = "devkit/JPEGImages/{}.jpg", "devkit/SegmentationObject/{}.png"
PARTS, OBJECTS = "devkit/Annotations_Part/{}.mat", "devkit/Annotations/{}.xml"
BATCHES = {
    "JPEG": of_pictures("jpeg", "jpg", "--size 16", "--storage jpeg", "--storage jpeg --size 8"),
    "PNG": of_pictures("png", "png", "--size 16", "--storage jpeg"),
    "part annotation": of_devkit("mat", PARTS, PHOTO),
    "VOC annotation": of_devkit("xml", OBJECTS, PHOTO, OUTLINES),
    "outlines": of_devkit("png", OUTLINES, PHOTO, OBJECTS),
    "VOC picture": of_devkit("jpeg", PHOTO, PARTS),
}


# ---- Sound files


def make_base(program, base, scratch):
    """Everything that the commands are given, mostly made by the program itself."""
    def must(arguments):
        program.must(arguments.split(), base)

    field.write_pictures(base / "pictures", train=3, test=3)
    (base / "run.yaml").write_text(CONFIGURATION)
    must("prepare image-folder --input pictures --output data --size 16 --shards 1")
    must("prepare image-folder --input pictures --output jpeg --storage jpeg --shards 1")
    must("train run.yaml --output whole")
    (base / "whole/checkpoints").joinpath(os.readlink(base / "whole/checkpoints/latest")).rename(base / "c.h5")
    must("train run.yaml --output run --max-steps 1 --set checkpoint.every_steps=1")
    must("train run.yaml --output run --resume auto --max-steps 2")
    for name, seed in ("run", 2), ("other", 3):
        if name == "other":
            must("train run.yaml --output other --max-steps 2 --set seed=3")
        must(f"analyze {name} --data data --output {name}/analysis --permutations 0 --no-cards --cluster-starts 1")
        for path in (base / name / "analysis").iterdir():
            if path.name != "metrics.json":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in (base / "other/checkpoints").iterdir():
        path.unlink()
    for name in "latest", "best":  # texts, as on a file system without links
        link = base / "run/checkpoints" / name
        text = os.readlink(link) if link.is_symlink() else "step-000000002.h5"
        link.unlink(missing_ok=True)
        link.write_text(text + "\n")
    must("export c.h5 --output w.safetensors")
    header = (base / "w.safetensors").read_bytes()
    names = [name for name in json.loads(header[8:8 + int.from_bytes(header[:8], "little")]) if name != "__metadata__"]
    (base / "w.safetensors.index.json").write_text(json.dumps(
        {"metadata": {"total_size": 4}, "weight_map": {name: "w.safetensors" for name in names}}, indent=1))
    must("attack c.h5 --data data --output attack.h5 --method pgd --steps 2 --batch 1")
    make_journal(program, base, scratch)
    must(detecting("detection").arguments)
    shutil.rmtree(base / "detection/figures")
    for name in "detection.json", "detection.html":
        (base / "detection" / name).unlink()
    shutil.copytree(base / "detection/attacks", base / "attacked/attacks")
    shutil.copytree(field.ROOT / "Tests/Golden/pascal/devkit", base / "devkit")
    must("prepare pascal-part --input devkit --output masked --size 16 --shards 1")
    (base / "animals.yaml").write_text(CONFIGURATION.replace("classes: 3", "classes: 6").replace("data/", "masked/")
                                       .replace("batch_size: 9", "batch_size: 4"))
    must("train animals.yaml --output animals --max-steps 1")
    shutil.copy(base / "animals/checkpoints/step-000000001.h5", base / "animals.h5")
    write_plain_sets(base)
    (base / "sources").mkdir()
    for path in (field.ROOT / "Tests/Golden/pictures").iterdir():
        if path.suffix in (".jpg", ".png"):
            shutil.copy(path, base / "sources")
    # Every key, mostly at its default, as the README has it; and a file that extends another.
    text = (field.ROOT / "README.md").read_text()
    block = re.search(r"```yaml\n(name: run.*?)```", text, re.DOTALL)[1]
    lines = [line.split(" #")[0].rstrip() for line in block.splitlines()]
    text = "\n".join(line for line in lines if line) + "\n"
    for default, ours in (("resnet20", "resnet8"), ("classes: 10\n", "classes: 3\n"),
                          ("train: null", "train: data/train"), ("test: null", "test: data/test"),
                          ("batch_size: 256", "batch_size: 8")):
        text = text.replace(default, ours)
    (base / "all.yaml").write_text(text)
    (base / "extending.yaml").write_text(
        "extends: run.yaml\nbatch_size: 12\nlearning_rate:\n  milestones: &some [0.25, 0.5]\n  warmup_epochs: 1\n"
        "data: { mean: [0.4, 0.5, 0.6], std: auto }\n")


def make_journal(program, base, scratch):
    """The journal of an attack that was killed before its last block."""
    library, log = scratch / "faults.so", scratch / "calls"
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", Path(__file__).parent / "faults.c", "-o",
                    library, "-ldl", "-lpthread"], check=True)
    arguments = ATTACK.arguments.format("journal.h5").split()
    environment = {"LD_PRELOAD": str(library), "FAULTS_FOLDER": str(base), "FAULTS_LOG": str(log)}
    if program.run(arguments, base, environment).status != 0:
        raise SystemExit("attack: cannot be counted")
    calls = [line.split(" ", 2) for line in log.read_text().splitlines()]
    last = [number for number, kind, path in calls if kind == "fsync" and ".h5.partial" in path][-1]
    for name in "journal.h5", "new.html":
        (base / name).unlink()
    program.run(arguments, base, environment | {"FAULTS_AT": last, "FAULTS_DO": "kill-before"})
    if not (base / "journal.h5.partial").exists():
        raise SystemExit("attack: was not killed")


def write_plain_sets(base):
    """Fashion-MNIST's and CIFAR's layouts with a few samples of noise."""
    noise = random.Random(1)
    (base / "mnist").mkdir(), (base / "mnist.gz").mkdir(), (base / "cifar").mkdir()
    for part, count in ("train", 12), ("t10k", 4):
        for name, shape, values in (("images-idx3", (count, 9, 9), noise.randbytes(81 * count)),
                                    ("labels-idx1", (count,), bytes(range(count)[:10]) + bytes(max(0, count - 10)))):
            content = bytes((0, 0, 8, len(shape))) + b"".join(side.to_bytes(4, "big") for side in shape) + values
            (base / f"mnist/{part}-{name}-ubyte").write_bytes(content)
            (base / f"mnist.gz/{part}-{name}-ubyte.gz").write_bytes(gzip.compress(content, mtime=0))
    for name in *(f"data_batch_{number}" for number in range(1, 6)), "test_batch":
        (base / f"cifar/{name}.bin").write_bytes(b"".join(bytes([label]) + noise.randbytes(3072) for label in (1, 7)))
    for name in "train", "test":
        (base / f"cifar/{name}.bin").write_bytes(b"".join(
            bytes([2, label]) + noise.randbytes(3072) for label in (1, 99)))
    (base / "cifar/batches.meta.txt").write_text("".join(f"class {number}\n" for number in range(10)))
