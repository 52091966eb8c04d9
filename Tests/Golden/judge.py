"""The other program of the interoperability tests: reads csg-dist's files without csg-dist's code.

usage: judge.py logits WEIGHTS.safetensors --images IMAGES.h5 --mean a,b,c --std a,b,c [--count N]
       judge.py shard FILE.h5
       judge.py checkpoint FILE.h5
       judge.py events RUN --gate CHECKPOINT.h5
       judge.py analysis FILE.h5 --gate CHECKPOINT.h5

logits      evaluates a CIFAR ResNet (float32, running statistics) on the first N images of a shard
shard       describes a shard of a data set, every byte of which is read
checkpoint  describes a checkpoint, and adds up its parameters
events      what TensorBoard's own reader sees in a run directory: scalars as [step, value]; of the
            gate's last picture the largest difference from the gate of a checkpoint
analysis    makes what analyze says anew, from its features and the checkpoint's weights and gate: how
            many entries of predictions (ACC2's and ACC3's among them) and removals differ; the largest
            difference in the filters' correlation and in the similarities; CIC with m1 = K // C, with
            and without pairs of a filter with itself; the largest entropy of a class; the names of
            classes and axes, and the root's texts that are read as str

Prints one line of JSON. On failure: a message on stderr, exit status 1.

Sources: the network is that of He et al., CVPR 2016, Sec. 4.2, https://arxiv.org/abs/1512.03385,
with parameter-free shortcuts and torchvision's names; the layouts are those of Sources/Storage and
Sources/Datasets.
"""

import argparse
import io
import json
import re
import sys

import h5py
import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """Two 3x3 convolutions around a shortcut without parameters ("option A"), or a 1x1 convolution
    where the shape changes ("option B")."""

    def __init__(self, inputs, outputs, stride, projections=False):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.padding = stride, (outputs - inputs) // 2
        self.downsample = None
        if projections and inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.downsample:
            return F.relu(y + self.downsample(x))
        shortcut = x[:, :, :: self.stride, :: self.stride]
        return F.relu(y + F.pad(shortcut, (0, 0, 0, 0, self.padding, self.padding)))


class CIFARResNet(nn.Module):
    """A ResNet of 6 * blocks + 2 layers for small images."""

    def __init__(self, blocks, channels, classes, projections=False):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        inputs = 16
        for stage, filters in enumerate((16, 32, 64), start=1):
            layer = nn.Sequential()
            for block in range(blocks):
                stride = 2 if stage > 1 and block == 0 else 1
                layer.append(Block(inputs, filters, stride, projections))
                inputs = filters
            self.add_module(f"layer{stage}", layer)
        self.fc = nn.Linear(64, classes)

    def features(self, x):
        """Pooled features [N, 64]."""
        x = F.relu(self.bn1(self.conv1(x)))
        return self.layer3(self.layer2(self.layer1(x))).mean((2, 3))

    def forward(self, x):
        return self.fc(self.features(x))


def network(weights):
    """The network whose names and shapes these are, all of which it takes (`csg.gate` apart)."""
    state = {name: tensor for name, tensor in weights.items() if name != "csg.gate"}
    numbers = re.findall(r"layer1\.(\d+)\.", " ".join(state))
    blocks = 1 + max(map(int, numbers), default=-1)
    net = CIFARResNet(
        blocks, state["conv1.weight"].shape[1], state["fc.bias"].shape[0],
        projections=any("downsample" in name for name in state))
    for name, tensor in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            state.setdefault(name, tensor)
    net.load_state_dict(state, strict=True)
    return net.eval()


def logits(arguments):
    weights = load_file(arguments.file)
    net = network(weights)
    with h5py.File(arguments.images) as file:
        pixels = torch.from_numpy(file["images"][: arguments.count])
    if not pixels.shape[3] == len(arguments.mean) == len(arguments.std):
        raise ValueError(f"images have {pixels.shape[3]} channels, unlike --mean or --std")
    x = (pixels.permute(0, 3, 1, 2) / 255 - arguments.mean) / arguments.std
    with torch.no_grad():
        values = torch.cat([net(batch) for batch in x.split(256)])
    return {"logits": values.tolist(), "names": sorted(weights)}


def attributes(file):
    """Attributes of the root: text as str, numbers as int or float."""
    plain = {name: np.asarray(value).tolist() for name, value in file.attrs.items()}
    return {n: v.decode() if isinstance(v, bytes) else v for n, v in plain.items()}


def shard(arguments):
    with h5py.File(arguments.file) as file:
        images, labels = file["images"], file["labels"]
        return {
            "images": images.shape,
            "dtype": str(images.dtype),
            "labels": labels.shape,
            "chunks": images.chunks,
            "fletcher32": images.fletcher32,
            "attributes": attributes(file),
            "label_sum": int(labels[:].sum(dtype=np.int64)),
            "pixel_sum": int(images[:].sum(dtype=np.int64)),
        }


def checkpoint(arguments):
    with h5py.File(arguments.file) as file:
        parameters = file["parameters"]
        return {
            "parameters": {name: tensor.shape for name, tensor in parameters.items()},
            "buffers": {name: tensor.shape for name, tensor in file["buffers"].items()},
            "gate": file["gate"].shape if "gate" in file else None,
            "optimizer": {name: list(state) for name, state in file.get("optimizer", {}).items()},
            "attributes": attributes(file),
            "parameter_sum": float(sum(t[:].sum(dtype=np.float64) for t in parameters.values())),
        }


def events(arguments):
    from PIL import Image
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    seen = EventAccumulator(arguments.file, size_guidance={"scalars": 0, "images": 0}).Reload()
    scalars = {
        tag: [[event.step, event.value] for event in seen.Scalars(tag)]
        for tag in seen.Tags()["scalars"]
    }
    (tag,) = seen.Tags()["images"]
    pictures = seen.Images(tag)
    levels = np.asarray(Image.open(io.BytesIO(pictures[-1].encoded_image_string))) / 255
    if levels.shape != (pictures[-1].height, pictures[-1].width):
        raise ValueError("the picture has another size than its record")
    with h5py.File(arguments.gate) as file:
        gate = file["gate"][:]
    cells = np.kron(gate, np.ones([n // m for n, m in zip(levels.shape, gate.shape)]))
    return {
        "scalars": scalars,
        "gate": {
            "tag": tag,
            "steps": [picture.step for picture in pictures],
            "shape": levels.shape,
            "largest_difference": float(np.abs(levels - cells).max()),
        },
    }


def last_convolution(parameters):
    names = [name for name in parameters if re.fullmatch(r"layer\d+\.\d+\.conv\d+\.weight", name)]
    return max(names, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])


def mean_features(features, labels, chosen, gate):
    """Means of the chosen samples of each class [C, K]; NaN where there are none."""
    means = np.full(gate.shape, np.nan)
    for c in np.unique(labels[chosen]):
        means[c] = features[chosen & (labels == c)].mean(0)
    return means


def cosines(rows, columns):
    """Cosine of each row of one and each of the other; 0 where one has no length."""
    lengths = np.linalg.norm(rows, axis=1)[:, None] * np.linalg.norm(columns, axis=1)[None]
    return np.where(lengths == 0, 0, rows @ columns.T / np.where(lengths == 0, 1, lengths))


def distance(made, found):
    """The largest difference where there are numbers; both have them in the same places."""
    if not np.array_equal(np.isnan(made), np.isnan(found)):
        raise ValueError("numbers in other places")
    return float(np.nanmax(np.abs(made - found)))


def between_classes(correlation, means, size, with_self):
    """CIC: mean correlation between filters of different classes' most active."""
    groups = [np.argsort(-row, kind="stable")[:size] for row in means if not np.isnan(row).any()]
    return float(np.mean([
        correlation[i, j]
        for a, group in enumerate(groups) for b, other in enumerate(groups) if a != b
        for i in group for j in other if with_self or i != j]))


def tally(hits):
    """How many samples are right, of how many, and the roots p of (right / n - p)^2 = z^2 p (1 - p) / n."""
    right, n = int(hits.sum()), len(hits)
    z = 1.959963984540054
    ends = np.roots([1 + z * z / n, -(2 * right / n + z * z / n), (right / n) ** 2]).real if n else []
    return [right, n, *sorted(float(end) for end in ends)]


def class_answer(c, theirs, best, known, labels, standard, predict):
    """What class c's filters are worth: as class_filters of metrics.json, before and without them."""
    rows = np.ones((len(labels), len(best)))
    rows[:, theirs] = 0
    left = predict(rows)
    own = labels == c
    return {
        "filters": theirs.tolist(),
        "agreeing": [int(k) for k in theirs if known[k] and best[k] == c],
        "differing": [int(k) for k in theirs if known[k] and best[k] != c],
        "before": [tally((standard == labels)[part]) for part in (own, ~own)],
        "after": [tally((left == labels)[part]) for part in (own, ~own)]}


def analysis(arguments):
    with h5py.File(arguments.gate) as file:
        weight = file["parameters/fc.weight"][:].astype(np.float64)
        bias = file["parameters/fc.bias"][:].astype(np.float64)
        gate = file["gate"][:].astype(np.float64)
        filters = file[f"parameters/{last_convolution(file['parameters'])}"][:].astype(np.float64)
    with h5py.File(arguments.file) as file:
        labels, group = file["labels"][:], file["network"]
        axes = {}
        file.visititems(lambda name, item: axes.update(
            {name: [dim.label for dim in item.dims]} if isinstance(item, h5py.Dataset) else {}))
        texts = {name: value for name, value in file.attrs.items() if isinstance(value, str)}
        classes = file["classes"].asstr()[:].tolist()
        features = group["features"][:].astype(np.float64)
        found = {name: value[:] for name, value in group.items() if isinstance(value, h5py.Dataset)}
        removed = {
            name: {part: values[:] for part, values in removal.items()}
            for name, removal in group["removed"].items()}

    def predict(rows):
        return (features * rows @ weight.T + bias).argmax(1)

    def confusion(predictions):
        counts = np.zeros((len(gate), len(gate)), int)
        np.add.at(counts, (labels, predictions), 1)
        return counts

    paths = {"standard": np.ones_like(gate)[labels], "gated": gate[labels]}
    differences = 0
    for path, rows in paths.items():
        predictions = predict(rows)
        differences += (predictions != found[f"predictions_{path}"]).sum()
        differences += (confusion(predictions) != found[f"confusion_{path}"]).sum()
        for name, removal in removed.items():
            theirs = np.flatnonzero((gate[[int(c) for c in name.split("-")]] > 0.5).any(0))
            differences += int(theirs.tolist() != removal["filters"].tolist())
            left = rows.copy()
            left[:, theirs] = 0
            differences += (confusion(predict(left)) != removal[f"confusion_{path}"]).sum()

    own = (gate > 0.5)[predict(paths["standard"])]
    for name, kept in ("acc2", own), ("acc3", ~own):
        differences += (predict(kept) != found[f"predictions_{name}"]).sum()

    standard = predict(paths["standard"])
    best = found["mutual_information"].argmax(1)
    known = found["mutual_information"].max(1) > found["mutual_information_chance_maxima"].max(1)
    answers = [
        class_answer(c, np.flatnonzero(gate[c] > 0.5), best, known, labels, standard, predict)
        for c in range(len(gate))]

    right = found["predictions_standard"] == labels
    correlation = cosines(filters.reshape(len(filters), -1), filters.reshape(len(filters), -1))
    made = {
        "filter_correlation": correlation,
        "similarity_true_positive": cosines(mean_features(features, labels, right, gate), gate),
        "similarity_false_negative": cosines(mean_features(features, labels, ~right, gate), gate)}
    means = mean_features(features, labels, labels >= 0, gate)
    cic = {
        name: between_classes(correlation, means, len(gate.T) // len(gate), with_self)
        for name, with_self in (("cic", True), ("cic_without_self", False))}
    share = np.bincount(labels, minlength=len(gate)) / len(labels)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropies = np.nan_to_num(-share * np.log(share)) - (1 - share) * np.log1p(-share)
    return {
        "differences": int(differences),
        "largest_difference": {name: distance(made[name], found[name]) for name in made},
        **cic,
        "axes": axes,
        "texts": texts,
        "classes": classes,
        "score_ceiling": float(entropies.max()),
        "class_filters": answers,
        "removals": {name: len(removal["filters"]) for name, removal in removed.items()}}


def per_channel(text):
    return torch.tensor([float(number) for number in text.split(",")]).reshape(-1, 1, 1)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for run in (logits, shard, checkpoint, events, analysis):
        command = commands.add_parser(run.__name__)
        command.set_defaults(run=run)
        command.add_argument("file")
        if run is logits:
            command.add_argument("--images", required=True)
            command.add_argument("--mean", type=per_channel, required=True)
            command.add_argument("--std", type=per_channel, required=True)
            command.add_argument("--count", type=int)
        if run in (events, analysis):
            command.add_argument("--gate", required=True)
    arguments = parser.parse_args()
    try:
        print(json.dumps(arguments.run(arguments), allow_nan=False))
    except Exception as error:
        sys.exit(f"judge.py: {arguments.file}: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
