/// What other trainers call our keys (PyTorch Lightning, timm, Hugging Face, Keras), for those who type it.
package enum PeerNames {
  /// Keys that a name may mean: ours that end in it, else those that others call so; none where it is nobody's.
  /// Case and the kind of the strokes do not count: `--batch-size` means `batch_size`.
  package static func keys(for name: String) -> [String] {
    let name = name.lowercased().replacing("-", with: "_")
    let ours = everyKey.filter { $0 == name }
    if !ours.isEmpty { return ours }
    return table.first { $0.names.contains(name) }?.keys
      ?? everyKey.first { $0.hasSuffix(".\(name)") }.map { [$0] } ?? []
  }

  private static let everyKey = ConfigurationTree.defaults.map(\.key)

  package static let table: [(names: Set<String>, keys: [String])] = [
    (
      ["lr", "learning_rate", "base_lr", "init_lr", "initial_lr", "max_lr", "rate", "step_rate"],
      ["learning_rate.standard", "learning_rate.gated"]
    ),
    (["gate_lr", "lr_gate", "lr_g", "lr_mask"], ["gate.learning_rate"]),
    (
      ["scheduler", "lr_scheduler", "lr_scheduler_type", "sched", "lr_policy"],
      ["learning_rate.schedule"]
    ),
    (["lr_steps", "lr_milestones", "decay_milestones"], ["learning_rate.milestones"]),
    (["step_size", "decay_epochs", "lr_step_size"], ["learning_rate.step_epochs"]),
    (["lr_gamma", "decay_rate", "lr_decay", "lr_factor"], ["learning_rate.gamma"]),
    (["min_lr", "eta_min", "lr_min", "final_lr"], ["learning_rate.final"]),
    (["warmup", "warmup_epochs", "lr_warmup_epochs"], ["learning_rate.warmup_epochs"]),
    (
      [
        "bs", "batch", "batch_sz", "batchsize", "train_batch_size", "per_device_train_batch_size",
        "global_batch_size", "b",
      ], ["batch_size"]
    ),
    (
      ["epoch", "num_epochs", "n_epochs", "max_epochs", "num_train_epochs", "nb_epochs"], ["epochs"]
    ),
    (["wd", "decay", "weight_decay", "l2", "l2_reg"], ["optimizer.weight_decay"]),
    (["momentum", "mom"], ["optimizer.momentum"]),
    (["opt", "optim", "optimizer", "optimizer_name"], ["optimizer.kind"]),
    (["eps", "adam_epsilon", "opt_eps"], ["optimizer.epsilon"]),
    (["opt_betas", "adam_betas"], ["optimizer.betas"]),
    (["random_seed", "random_state", "manual_seed", "seed_everything"], ["seed"]),
    (["arch", "net", "network", "backbone", "model_name", "model"], ["model.architecture"]),
    (["num_classes", "n_classes", "nb_classes", "class_num", "num_labels"], ["model.classes"]),
    (["in_channels", "in_chans", "num_channels"], ["model.channels"]),
    (
      ["pretrained", "pretrained_weights", "init_weights", "initial_checkpoint"], ["model.weights"]
    ),
    (["drop", "drop_rate", "dropout_rate", "dropout_prob"], ["model.dropout"]),
    (["freeze", "frozen_layers"], ["model.frozen.standard", "model.frozen.gated"]),
    (["train_dir", "train_data", "data_dir", "data", "dataset", "root"], ["data.train"]),
    (
      ["val", "valid", "validation", "val_dir", "val_data", "test_dir", "test_data"], ["data.test"]
    ),
    (
      ["img_size", "input_size", "imgsz", "crop_size", "train_crop_size", "resolution"],
      ["data.image_size"]
    ),
    (
      [
        "sampler", "weighted_sampler", "weighted_random_sampler", "balanced_sampler", "balanced",
        "class_balance", "balance_classes", "class_weight", "class_weights", "oversample",
      ], ["data.balance"]
    ),
    (["hflip", "random_flip", "horizontal_flips"], ["data.horizontal_flip"]),
    (["jitter"], ["data.color_jitter"]),
    (["normalize_mean", "image_mean"], ["data.mean"]),
    (["normalize_std", "image_std"], ["data.std"]),
    (["sync_bn", "sync_batchnorm", "syncbn", "norm"], ["batch_norm"]),
    (["bn_momentum"], ["batch_norm_momentum"]),
    (["lambda", "lmbda", "lambda_2", "l1", "l1_weight", "lambda_reg"], ["gate.lambda2"]),
    (["lambda_1"], ["gate.lambda1"]),
    (["bound", "density", "sparsity", "gate_density"], ["gate.density_bound"]),
    (["mask_period", "gate_period"], ["gate.period"]),
    (["workers", "num_workers", "num_threads", "n_jobs"], ["compute.threads"]),
    (["log_interval", "log_every_n_steps", "print_freq", "logging_steps"], ["log.every"]),
    (
      ["eval_every", "eval_interval", "val_interval", "check_val_every_n_epoch"],
      ["evaluate.every_epochs"]
    ),
    (["save_every", "save_interval", "save_freq", "save_epochs"], ["checkpoint.every_epochs"]),
    (["save_steps", "save_every_steps"], ["checkpoint.every_steps"]),
    (["save_top_k", "save_total_limit", "checkpoint_hist"], ["checkpoint.keep"]),
    (["run_name", "experiment", "exp_name", "experiment_name", "project"], ["name"]),
  ]
}
