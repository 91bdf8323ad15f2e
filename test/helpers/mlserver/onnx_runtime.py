# Runs an ONNX file of one tensor in and one out in MLServer.
import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class OnnxRuntime(MLModel):
    async def load(self) -> bool:
        self.session = onnxruntime.InferenceSession(
            self.settings.parameters.uri, providers=["CPUExecutionProvider"]
        )
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        (given,) = self.session.get_inputs()
        (asked,) = self.session.get_outputs()
        kinds = {"tensor(int64)": np.int64, "tensor(float)": np.float32}
        rows = NumpyCodec.decode_input(payload.inputs[0]).astype(kinds[given.type])
        (answer,) = self.session.run([asked.name], {given.name: rows})
        output = NumpyCodec.encode_output(name=asked.name, payload=answer)
        return InferenceResponse(model_name=self.name, outputs=[output])
