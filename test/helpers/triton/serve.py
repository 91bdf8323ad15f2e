"""Serves an ONNX file of one input and one output by NVIDIA Triton, until its standard input ends."""

import json
import sys

import numpy
import onnxruntime
from pytriton.decorators import batch
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

told = json.loads(sys.argv[1])
session = onnxruntime.InferenceSession(told["onnx"])


@batch
def run(**inputs):
    [output] = session.run(None, inputs)
    return {told["output"]["name"]: output}


def tensor(of):
    return Tensor(name=of["name"], dtype=numpy.int64, shape=tuple(of["shape"]))


config = TritonConfig(http_address="127.0.0.1", http_port=told["http"], grpc_port=told["grpc"], allow_metrics=False)
with Triton(config=config) as triton:
    triton.bind(
        model_name=told["name"],
        infer_func=run,
        inputs=[tensor(told["input"])],
        outputs=[tensor(told["output"])],
        config=ModelConfig(max_batch_size=16),
    )
    triton.run()
    print("READY", flush=True)
    sys.stdin.read()
