/// `load.py`: an exported network in plain PyTorch. What nets differ in stands in the weights' shapes,
/// what data sets differ in in their `__metadata__`, so that one text serves all.
enum LoadScript {
  /// How the file begins: by this it is known again.
  static let beginning = "\"\"\"A network trained by csg-dist, in plain PyTorch"

  static let text =
    beginning + #"""
      ; its weights lie beside, in weights.safetensors.

          from load import load
          net = load()
          images = torch.stack([net.image(path) for path in paths])  # bytes [N, H, W, channels]
          x = net.normalize(images)    # float32 [N, channels, H, W]
          net(x)                       # logits of the STD path [N, classes], which predicts
          net(x, labels)               # of the CSG path, which is told each picture's label [N]
          net.features(x)              # pooled activations of the last convolution [N, filters]
          net.gate                     # G [classes, filters]; None where the network has none

      Of a picture as a shard holds it, bytes [H, W, channels], net.frame(picture) is the image. Images are
      to the byte those of csg-dist's evaluation. As a program: python load.py PICTURE...
      """

      import io
      import json
      import os
      import sys

      import torch
      from safetensors import safe_open
      from torch import nn
      from torch.nn import functional as F


      class Block(nn.Module):
          """Two or three convolutions around a shortcut: He et al., https://arxiv.org/abs/1512.03385."""

          def __init__(self, inputs, width, stride, is_bottleneck, has_projection):
              super().__init__()
              outputs = 4 * width if is_bottleneck else width
              layers = [(width, 3, stride), (width, 3, 1)]
              if is_bottleneck:
                  layers = [(width, 1, 1), (width, 3, stride), (outputs, 1, 1)]
              channels = inputs
              for i, (filters, kernel, step) in enumerate(layers, 1):
                  convolution = nn.Conv2d(channels, filters, kernel, step, kernel // 2, bias=False)
                  self.add_module(f"conv{i}", convolution)
                  self.add_module(f"bn{i}", nn.BatchNorm2d(filters))
                  channels = filters
              self.count, self.stride, self.padding = len(layers), stride, (outputs - inputs) // 2
              self.downsample = None
              if has_projection:
                  self.downsample = nn.Sequential(
                      nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

          def forward(self, x):
              y = x
              for i in range(1, self.count + 1):
                  y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y if i == 1 else F.relu(y)))
              if self.downsample:
                  x = self.downsample(x)
              elif self.stride > 1:  # no parameters: every second pixel, new channels zero
                  x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.padding, self.padding))
              return F.relu(x + y)


      class ResNet(nn.Module):
          """A residual network under torchvision's names; the weights' shapes say which."""

          def __init__(self, shapes):
              super().__init__()
              filters, channels, kernel, _ = shapes["conv1.weight"]
              is_large = kernel == 7
              self.conv1 = nn.Conv2d(
                  channels, filters, kernel, 2 if is_large else 1, kernel // 2, bias=False)
              self.bn1 = nn.BatchNorm2d(filters)
              self.maxpool = nn.MaxPool2d(3, 2, 1) if is_large else nn.Identity()
              self.stages = []
              while f"layer{len(self.stages) + 1}.0.conv1.weight" in shapes:
                  stage, first_stride = nn.Sequential(), 1 if not self.stages else 2
                  self.stages.append(f"layer{len(self.stages) + 1}")
                  while (name := f"{self.stages[-1]}.{len(stage)}") + ".conv1.weight" in shapes:
                      width, is_bottleneck = shapes[f"{name}.conv1.weight"][0], f"{name}.conv3.weight" in shapes
                      stage.append(Block(
                          filters, width, 1 if len(stage) else first_stride, is_bottleneck,
                          f"{name}.downsample.0.weight" in shapes))
                      filters = 4 * width if is_bottleneck else width
                  self.add_module(self.stages[-1], stage)
              self.fc = nn.Linear(filters, shapes["fc.weight"][0])

          def activations(self, x):
              x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
              for stage in self.stages:
                  x = getattr(self, stage)(x)
              return x

          def classify(self, activations):
              return self.fc(activations.mean((2, 3)))


      class AlexNet(nn.Module):
          """AlexNet as torchvision has it, https://arxiv.org/abs/1404.5997, or for 32 x 32 pixels."""

          def __init__(self, shapes):
              super().__init__()
              is_small = shapes["features.0.weight"][2] == 3
              self.features = nn.Sequential()
              for i, is_pooled in enumerate((True, True, False, False, True)):
                  filters, channels, kernel, _ = shapes[f"features.{len(self.features)}.weight"]
                  stride, padding = 1, kernel // 2
                  if i == 0:
                      stride, padding = (2, 1) if is_small else (4, 2)
                  self.features.append(nn.Conv2d(channels, filters, kernel, stride, padding))
                  self.features.append(nn.ReLU())
                  if is_pooled:
                      self.features.append(nn.MaxPool2d(2, 2) if is_small else nn.MaxPool2d(3, 2))
              self.avgpool = nn.AdaptiveAvgPool2d(2 if is_small else 6)
              sizes = [shapes[f"classifier.{i}.weight"] for i in (1, 4, 6)]
              linear = [nn.Linear(inputs, outputs) for outputs, inputs in sizes]
              self.classifier = nn.Sequential(
                  nn.Dropout(), linear[0], nn.ReLU(), nn.Dropout(), linear[1], nn.ReLU(), linear[2])

          def activations(self, x):
              return self.features[:-1](x)  # before the last pooling, where the gate sits

          def classify(self, activations):
              return self.classifier(self.avgpool(self.features[-1](activations)).flatten(1))


      class Net(nn.Module):
          """The network with its gate, its preprocessing and its classes' names."""

          def __init__(self, weights, about):
              super().__init__()
              self.architecture = about["architecture"]
              self.classes = json.loads(about["class_names"])
              self.preprocessing = json.loads(about["preprocessing"])
              self.register_buffer("gate", weights.pop("csg.gate", None))
              shapes = {name: tuple(tensor.shape) for name, tensor in weights.items()}
              self.body = (ResNet if "fc.weight" in shapes else AlexNet)(shapes)
              unused = {n: t for n, t in self.body.state_dict().items() if n.endswith("num_batches_tracked")}
              self.body.load_state_dict({**unused, **weights})

          def forward(self, x, labels=None):
              """Logits [N, classes] of the STD path, or, given labels [N], of the CSG path."""
              activations = self.body.activations(x)
              if labels is not None:
                  activations = activations * self.gate[labels][:, :, None, None]
              return self.body.classify(activations)

          def features(self, x):
              """Means of the last convolution's activations [N, filters], behind ReLU and before gate."""
              return self.body.activations(x).mean((2, 3))

          def predict(self, x):
              """The class that each image's largest logit on the STD path stands for [N]."""
              return self(x).argmax(1)

          def image(self, file):
              """The image of a JPEG or PNG file, bytes [H, W, channels]."""
              from PIL import Image, ImageOps

              picture = Image.open(file)
              is_plain = picture.format == "JPEG" and picture.mode == "RGB" and not (
                  picture.info.get("progressive") or picture.getexif().get(0x0112, 1) != 1)
              picture = ImageOps.exif_transpose(picture)
              if picture.mode.startswith("I"):  # 16 bits: the high byte
                  picture = picture.convert("I").point(lambda level: level / 256).convert("L")
              picture = picture.convert("RGB")
              if len(self.preprocessing["mean"]) == 1:
                  picture = picture.convert("L")
              x = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
              x = x.reshape(picture.height, picture.width, -1)
              stored = self.preprocessing.get("stored")
              if stored and stored["jpeg"]:
                  reduced = x
                  if min(x.shape[:2]) > stored.get("size", sys.maxsize):
                      reduced = resized(x, *extent(x, stored["size"]))
                  if reduced is not x or not is_plain:
                      size, file = (reduced.shape[1], reduced.shape[0]), io.BytesIO()
                      picture = Image.frombytes("RGB", size, reduced.contiguous().numpy().tobytes())
                      picture.save(file, "JPEG", quality=95, subsampling=0)
                      picture = Image.open(file)
                      x = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
                      x = x.reshape(reduced.shape)
              elif stored and "size" in stored:
                  x = centered(x, stored["size"], stored["size"])
              return self.frame(x)

          def frame(self, picture):
              """The image of a picture as it is stored, both bytes [H, W, channels]."""
              way = self.preprocessing
              if "resize" in way:
                  picture = centered(picture, way["height"], way["resize"])
              if tuple(picture.shape[:2]) != (way["height"], way["width"]):
                  raise ValueError(f"the network takes {way['height']} x {way['width']} pixels")
              return picture

          def normalize(self, images):
              """What the network reads [N, channels, H, W] of images, bytes [N, H, W, channels]."""
              mean, std = (torch.tensor(self.preprocessing[key], dtype=torch.float64) for key in ("mean", "std"))
              x = (images.double() / 255 - mean) / std
              return x.float().permute(0, 3, 1, 2).contiguous()


      # Pillow's bilinear resize (src/libImaging/Resample.c) in whole numbers, columns first: its versions
      # differ by a level where they take rows first.

      def weights_of(old, new):
          """How much each of `old` pixels counts for each of `new`, in 1 / 2^22: [new, old]."""
          matrix = torch.zeros(new, old, dtype=torch.float64)
          scale = old / new
          reach = max(scale, 1.0)
          for pixel in range(new):
              center = (pixel + 0.5) * scale
              low, high = max(0, int(center - reach + 0.5)), min(old, int(center + reach + 0.5))
              shares = [max(0.0, 1 - abs((i - center + 0.5) * (1 / reach))) for i in range(low, high)]
              total = 0.0
              for share in shares:
                  total += share
              counts = [int(share / (total or 1) * 2**22 + 0.5) for share in shares]
              matrix[pixel, low:high] = torch.tensor(counts, dtype=torch.float64)
          return matrix


      def resized(x, height, width):
          """A picture, bytes [H, W, channels], at another size."""
          for size in (width, height):
              x = x.transpose(0, 1)
              sums = torch.tensordot(weights_of(len(x), size), x.double(), 1)  # exact: below 2^53
              x = ((sums + 2**21) / 2**22).floor().clamp(0, 255).byte()
          return x


      def extent(x, short_side):
          height, width = x.shape[:2]
          if height <= width:
              return short_side, short_side * width // height
          return short_side * height // width, short_side


      def centered(x, side, short_side):
          """The middle, after a resize of the short side."""
          size = extent(x, short_side)
          if size != tuple(x.shape[:2]):
              x = resized(x, *size)
          spare = [length - side for length in size]
          top, left = (n // 2 + (n // 2) % 2 if n % 2 else n // 2 for n in spare)
          return x[top : top + side, left : left + side]


      def load(folder=os.path.dirname(os.path.abspath(__file__))):
          """The network, in evaluation mode."""
          with safe_open(os.path.join(folder, "weights.safetensors"), "pt") as file:
              weights = {name: file.get_tensor(name).float() for name in file.keys()}
              return Net(weights, file.metadata()).eval()


      if __name__ == "__main__":
          if len(sys.argv) < 2:
              sys.exit("usage: python load.py PICTURE...")
          net = load()
          for path in sys.argv[1:]:
              with torch.no_grad():
                  shares = net(net.normalize(net.image(path)[None])).double().softmax(1)[0]
              best = shares.topk(min(3, len(shares)))
              print(path, *(f"{net.classes[c]} {s:.4f}" for s, c in zip(best.values, best.indices)), sep="\t")
      """#
}
