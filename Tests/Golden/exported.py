"""The other program of the tests of exported modules: asks their load.py, each as its user would.

usage: exported.py logits FOLDER...
       exported.py images FOLDER PICTURE...

logits  for each FOLDER with load.py, weights.safetensors and images.bin (bytes [N, H, W, channels] of
        images, N, H, W, channels in images.json): logits of the STD path and, where there is a gate, of
        the CSG path with labels n mod classes, features and predictions
images  the images that net.image makes of files: their bytes in hexadecimal, and logits of the STD path

Prints one line of JSON. Needs torch, safetensors and Pillow.
"""

import importlib.util
import json
import sys

import torch


def module(folder):
    spec = importlib.util.spec_from_file_location("load", f"{folder}/load.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def logits(folder):
    net = module(folder).load(folder)
    with open(f"{folder}/images.json") as file:
        shape = json.load(file)
    with open(f"{folder}/images.bin", "rb") as file:
        pictures = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8).reshape(shape)
    x = net.normalize(torch.stack([net.frame(picture) for picture in pictures]))
    labels = torch.arange(len(x)) % len(net.classes)
    told = {
        "standard": net(x).tolist(), "features": net.features(x).tolist(),
        "predictions": net.predict(x).tolist(), "classes": net.classes}
    if net.gate is not None:
        told["gated"] = net(x, labels).tolist()
    return told


def main():
    torch.set_num_threads(1)
    with torch.no_grad():
        if sys.argv[1] == "logits":
            told = {folder: logits(folder) for folder in sys.argv[2:]}
        else:
            net = module(sys.argv[2]).load(sys.argv[2])
            images = [net.image(path) for path in sys.argv[3:]]
            told = {
                "images": [bytes(image.flatten().tolist()).hex() for image in images],
                "logits": net(net.normalize(torch.stack(images))).tolist()}
    print(json.dumps(told, allow_nan=False))


if __name__ == "__main__":
    main()
