"""Holds launch/k8s-mpijob.yaml and launch/k8s-trainjob.yaml against kubernetes.schema.json, and what one part of them
says against what another does: volumes against mounts, ranks against slots, both files' pods against each other.

usage: python Tests/Cluster/kubernetes.py        needs PyYAML and jsonschema; exit status 1 where something does not fit
"""

import json
from pathlib import Path

import jsonschema
import yaml

HERE = Path(__file__).resolve().parent
SCHEMA = json.loads((HERE / "kubernetes.schema.json").read_text())


def documents(name):
    """kind -> spec, and name, of each document of a file of launch/, which fits its kind's definition."""
    found = {}
    for document in yaml.safe_load_all((HERE.parents[1] / "launch" / name).read_text()):
        kind = document["kind"]
        assert kind in SCHEMA["$defs"] and kind not in found, f"{name}: {kind}"
        jsonschema.validate(document, SCHEMA | {"$ref": f"#/$defs/{kind}"})
        found[kind] = (document["spec"], document["metadata"]["name"])
    return found


def only(pod):
    """A pod's one container, which mounts all the volumes that there are, and no other."""
    (container,) = pod["containers"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    return container


def ranks(words):
    return int(words[words.index("-n") + 1])


# The MPIJob

(job, _), = documents("k8s-mpijob.yaml").values()
roles = {name: only(replica["template"]["spec"]) for name, replica in job["mpiReplicaSpecs"].items()}
launcher, worker = roles["Launcher"], roles["Worker"]
assert ranks(launcher["args"]) == job["slotsPerWorker"] * job["mpiReplicaSpecs"]["Worker"]["replicas"], "ranks, slots"

# The TrainJob

found = documents("k8s-trainjob.yaml")
(runtime, name), (job, _) = found["TrainingRuntime"], found["TrainJob"]
assert job["runtimeRef"] == {"kind": "TrainingRuntime", "name": name}
trainer, policy = job["trainer"], runtime["mlPolicy"]
assert ranks(trainer["args"]) == trainer["numNodes"] * trainer["numProcPerNode"], "as many ranks as slots"
assert not policy["mpi"]["runLauncherAsNode"] and policy["numNodes"] == 1
jobs = {one["name"]: one for one in runtime["template"]["spec"]["replicatedJobs"]}
assert list(jobs) == ["node", "launcher"]
assert runtime["template"]["spec"]["successPolicy"]["targetReplicatedJobs"] == ["launcher"]
# Trainer's MPI plugin mounts keys and hostfile where a container is called `node`, in the launcher's pod too; the job's
# `trainer` goes to what has the label, and would take the sshd's place in a node.
STEP = "trainer.kubeflow.org/trainjob-ancestor-step"
assert {key: one["template"].get("metadata", {}).get("labels", {}).get(STEP) for key, one in jobs.items()} == {
    "node": None, "launcher": "trainer"}
pods = {key: only(one["template"]["spec"]["template"]["spec"]) for key, one in jobs.items()}
assert [pod["name"] for pod in pods.values()] == ["node", "node"]

# Both make the same pods: what is tried of the one (Tests/Cluster/checks-hosts.sh) is true of the other.

assert worker | {"name": "node"} == pods["node"], "the nodes differ"
assert launcher | {"name": "node"} == pods["launcher"] | {"args": trainer["args"]}, "the launchers differ"
print("launch/k8s-mpijob.yaml and launch/k8s-trainjob.yaml fit")
