"""One step of ezkl on network.onnx and input.json of a folder, timed. Arguments: folder, step, rounds.

The last line printed is JSON: medians over the rounds in seconds, the process's peak memory in megabytes, and what the step tells.
"""
import json
import os
import resource
import statistics
import sys
import time

import ezkl

folder, step, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])


def at(name):
    return os.path.join(folder, name)


def settings():
    with open(at("settings.json")) as file:
        return json.load(file)


def calibrate():
    """As its documentation has it: default arguments, then the calibration that aims at few resources."""
    ezkl.gen_settings(at("network.onnx"), at("settings.json"))
    ezkl.calibrate_settings(at("input.json"), at("network.onnx"), at("settings.json"), "resources")
    ezkl.compile_circuit(at("network.onnx"), at("circuit"), at("settings.json"))
    args = settings()["run_args"]
    kept = ("logrows", "input_scale", "param_scale", "input_visibility", "output_visibility", "param_visibility")
    return {"version": ezkl.__version__, **{name: args[name] for name in kept}}


def srs():
    """Powers of tau whose secret this process knew: for figures alone."""
    ezkl.gen_srs(at("srs"), settings()["run_args"]["logrows"])


def setup():
    ezkl.setup(at("circuit"), at("vk"), at("pk"), srs_path=at("srs"))
    return {"keyBytes": os.path.getsize(at("pk"))}


def witness():
    ezkl.gen_witness(at("input.json"), at("circuit"), at("witness.json"))


def prove():
    ezkl.prove(at("witness.json"), at("circuit"), at("pk"), at("proof.json"), srs_path=at("srs"))
    with open(at("proof.json")) as file:
        return {"proofBytes": len(json.load(file)["proof"])}


def verify():
    if not ezkl.verify(at("proof.json"), at("settings.json"), at("vk"), srs_path=at("srs")):
        raise SystemExit("the proof does not verify")


STEPS = {
    "calibrate": calibrate,
    "srs": srs,
    "setup": setup,
    "witness": witness,
    "prove": prove,
    "verify": verify,
}


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


walls, cpus, told = [], [], {}
for turn in range(rounds + 1 if rounds > 1 else 1):
    start, used = time.perf_counter(), cpu_seconds()
    told = STEPS[step]() or {}
    if turn > 0 or rounds == 1:  # of several, the first warms up
        walls.append(time.perf_counter() - start)
        cpus.append(cpu_seconds() - used)

print()
print(json.dumps({
    "wall": round(statistics.median(walls), 4),
    "cpu": round(statistics.median(cpus), 4),
    "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    "told": told,
}))
