"""Holds launch/k8s-mpijob.yaml against mpijob.schema.json, and its volumes against their mounts.

usage: python Tests/Cluster/mpijob.py        needs PyYAML and jsonschema; exit status 1 where it does not fit
"""

import json
from pathlib import Path

import jsonschema
import yaml

HERE = Path(__file__).resolve().parent

job = yaml.safe_load((HERE.parents[1] / "launch/k8s-mpijob.yaml").read_text())
jsonschema.validate(job, json.loads((HERE / "mpijob.schema.json").read_text()))
spec = job["spec"]
for name, replica in spec["mpiReplicaSpecs"].items():
    pod = replica["template"]["spec"]
    mounted = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}, name
words = sum((spec["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]["containers"][0][key] for key in ("command", "args")), [])
slots = spec["slotsPerWorker"] * spec["mpiReplicaSpecs"]["Worker"]["replicas"]
assert int(words[words.index("-n") + 1]) == slots, "as many ranks as slots"
print("launch/k8s-mpijob.yaml fits")
