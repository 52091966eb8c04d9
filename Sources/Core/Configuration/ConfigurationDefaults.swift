extension Configuration {
  /// Every key with its default: the one place that names them. Files and `--set` change values
  /// only; a key that is not here is an error.
  package static let defaults = """
    name: run                        # the run directory is runs/NAME
    model:
      architecture: resnet20         # resnet20, 32, 44, 56, 110 | resnet18, 34, 50, 101, 152,
                                     # alexnet; these also for small images: resnet18-cifar, …
      shortcut: auto                 # where a stage begins: padding (option A) | projection (option B)
                                     # auto: padding in nets of 6n + 2 layers, else projection
      classes: 10
      channels: 3                    # 1 or 3
      dropout: 0.5                   # probability that a value is dropped, in nets with dropout (alexnet)
      weights: null                  # safetensors or checkpoint to start from; its csg.gate sets G
      new_classes: false             # true: their last layer and G are for other classes, and start anew
      frozen:                        # layers that do not learn: stem, layer1, layer1.0, fc, …
        standard: []                 # in the steps of the STD path, and in joint ones
        gated: []                    # in those of the CSG path
    data:
      train: null                    # directory written by csg-dist prepare
      test: null
      limit: null                    # train on the first N samples only: of an image folder, its first classes
      image_size: null               # side of the network's images; null: the stored one
      resize: null                   # short side before the centre crop to image_size; null: 8/7 of it
      random_resized_crop: null      # or { scale: [0.08, 1], ratio: [0.75, 1.3333333333333333] }
      color_jitter: null             # or { brightness: 0, contrast: 0, saturation: 0, hue: 0 }
      shuffle: full                  # full | window | none
      window: 10000                  # samples that window shuffles at a time, shards in random order
      balance: none                  # none | classes: every class is drawn equally often, in as many steps
      crop_padding: 4                # random crop after zero padding of so many pixels; 0: none
      horizontal_flip: true          # mirror half of the samples
      mean: auto                     # one number a channel, of pixels in [0, 1]; auto: the training data's
      std: auto
    replicas: 4                      # R parts of a batch, shared by the ranks; see batch_norm
    batch_size: 256                  # samples of a step over all replicas
    epochs: 200
    seed: 0
    batch_norm: replica              # replica | sync: one set of statistics over the whole batch
    batch_norm_momentum: 0.1         # part of a step's batch statistics in the running ones
    optimizer:
      kind: sgd                      # sgd | adam, both as PyTorch's
      momentum: 0.9                  # of SGD
      nesterov: false
      betas: [0.9, 0.999]            # of Adam: what it keeps of the mean gradient, of its square
      epsilon: 1e-8                  # of Adam
      weight_decay: 1e-4             # on every parameter of the network, on G only if it shares this
      shared: false                  # true: both paths share one state and one rate schedule
    learning_rate:
      standard: 0.1
      gated: 0.1
      schedule: milestones           # milestones | step | cosine
      counted_over: path             # path: over each path's own epochs | run: over all epochs
      milestones: [0.5, 0.75]        # when gamma comes in
      milestones_in: fractions       # fractions of those epochs | epochs
      gamma: 0.1                     # factor at each milestone or step
      step_epochs: 30                # epochs from step to step
      final: 0                       # where a cosine ends, as a fraction of the rate
      warmup_epochs: 0               # linear rise over the first of those epochs
    gate:
      schedule: alternate            # standard | alternate | joint: both paths in every step
      matrix: learned                # learned | { fixed: { per_class: 6, shared: 4 } }: never updated
      period: 3                      # of every period of epochs, csg_epochs take the CSG path
      csg_epochs: 1
      csg_start: null                # place of the first of them, from 0; null: they are the last
      warmup_epochs: 0               # STD epochs before the first that may gate
      lambda1: 1                     # weight of the cross-entropy on the CSG path
      lambda2: 0.1                   # weight of the density penalty
      density_bound: 0.1             # the penalty rests below this L1-density; auto: 1.2 / classes;
                                     # 0: it never rests
      lambda3: 0                     # weight of a second penalty, on the density of each filter's column
      column_bound: 0.3              # it rests where a column's is below this
      penalty: l1                    # of both: l1 | l2 | smooth_l1
      penalty_in: gated              # gated: only in epochs that gate | all (learns_in: all)
      initial: 0.5                   # every entry of G at the start
      projection: largest            # a column by its largest absolute entry, clipped to [0, 1] | none
      learns_in: gated               # gated: STD epochs leave G alone | all: there it follows
                                     # momentum, weight decay and penalty
      optimizer: sgd                 # sgd: the plain step of Algorithm 1 | momentum | adam | shared: G is
                                     # one more parameter of θ's optimizer, with its rate and decay
      momentum: null                 # of momentum; null: optimizer.momentum
      nesterov: null                 # of momentum; null: optimizer.nesterov
      weight_decay: 0                # on G
      learning_rate: 0.1             # follows the schedule of the path that is taken; not if shared
    numerics:
      on_nonfinite: stop             # stop | skip | rollback: a step whose loss or gradient is not finite
                                     # changes nothing, ten in a row end the run; or the run goes back to its
                                     # newest checkpoint first, three times at most to the same one
      clip_norm: null                # the largest L2 norm of θ's gradient, as PyTorch clips; null: any
      clip_gate_norm: null           # the same of G's, penalties included
    evaluate:
      every_epochs: 1                # 0: never
    checkpoint:
      every_epochs: 1                # 0: only the best epoch and the last step
      every_steps: 0
      keep: 3                        # newest checkpoints kept, beside the best
      on_failure: stop               # stop | warn: where one cannot be written on the way, go on without it
    log:
      every: 50                      # steps between two records
      tensorboard: true              # records and the gate also as TensorBoard's events
      digests: 0                     # steps between two records of the state's digest, for csg-dist replay
    lockstep:
      every: 0                       # steps between two comparisons of all ranks, beside every epoch
      timeout_seconds: 600           # a rank that waits longer for others, or stands still, ends the job
    verify:
      replay_every: 0                # every N-th step one replica is computed twice, and all memory compared
      replicas: one                  # one, in turn | all: every replica of such a step
    compute:
      threads: auto                  # computing threads of a rank; auto: its share of the cores
      convolution: auto              # auto | direct | winograd | gemm (OpenBLAS)
      overlap: true                  # gradients leave while earlier layers still compute
      bucket_megabytes: 4            # the all-reduce goes in parts of this size
      all_reduce: auto               # flat | hosts: ranks of one host add up first, in shared memory
                                     # auto: hosts, where there are several and one has several ranks
      wire: float32                  # float32 | bfloat16: gradients and their sums are rounded to 16 bits,
                                     # also in a single process; changes the result
    """
}
