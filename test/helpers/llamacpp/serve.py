"""Serves a small language model of drawn weights by llama.cpp's own HTTP server, until standard input ends.

The model is written here: nothing is fetched. Its tokens are bytes, so that any text has tokens; what it says is noise, but for
temperature 0 always the same noise.
"""

import json
import sys

import gguf
import numpy
import xllamacpp

TEMPLATE = """{% if tools %}<tools>{{ tools | tojson }}
{% endif %}{% for m in messages %}<{{ m.role }}>{{ m.content }}
{% endfor %}<assistant>"""
WIDTH, HIDDEN, HEADS, CONTEXT = 64, 128, 4, 2048
SPECIAL = ["<unk>", "<s>", "</s>"]


def write_model(path):
    tokens = SPECIAL + [f"<0x{byte:02X}>" for byte in range(256)]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    kinds += [gguf.TokenType.BYTE] * 256
    model = gguf.GGUFWriter(path, "llama")
    model.add_block_count(1)
    model.add_context_length(CONTEXT)
    model.add_embedding_length(WIDTH)
    model.add_feed_forward_length(HIDDEN)
    model.add_head_count(HEADS)
    model.add_head_count_kv(HEADS)
    model.add_layer_norm_rms_eps(1e-5)
    model.add_rope_dimension_count(WIDTH // HEADS)
    model.add_vocab_size(len(tokens))
    model.add_tokenizer_model("llama")
    model.add_token_list(tokens)
    model.add_token_scores([0.0] * len(tokens))
    model.add_token_types(kinds)
    model.add_unk_token_id(0)
    model.add_bos_token_id(1)
    model.add_eos_token_id(2)
    model.add_add_space_prefix(False)
    model.add_chat_template(TEMPLATE)
    draw = numpy.random.default_rng(7)

    def add(name, *shape):
        model.add_tensor(name, draw.normal(0, 0.4, shape).astype(numpy.float32))

    # The first feature is the same for every token, and speaks against all but printable ASCII: drawn bytes are no UTF-8.
    embedding = draw.normal(0, 0.4, (len(tokens), WIDTH)).astype(numpy.float32)
    embedding[:, 0] = 4
    output = draw.normal(0, 0.4, (len(tokens), WIDTH)).astype(numpy.float32)
    output[:, 0] = -20
    output[len(SPECIAL) + 0x20 : len(SPECIAL) + 0x7F, 0] = 0
    model.add_tensor("token_embd.weight", embedding)
    model.add_tensor("output.weight", output)
    model.add_tensor("output_norm.weight", numpy.ones(WIDTH, numpy.float32))
    model.add_tensor("blk.0.attn_norm.weight", numpy.ones(WIDTH, numpy.float32))
    model.add_tensor("blk.0.ffn_norm.weight", numpy.ones(WIDTH, numpy.float32))
    for name in ["attn_q", "attn_k", "attn_v", "attn_output"]:
        add(f"blk.0.{name}.weight", WIDTH, WIDTH)
    add("blk.0.ffn_gate.weight", HIDDEN, WIDTH)
    add("blk.0.ffn_up.weight", HIDDEN, WIDTH)
    add("blk.0.ffn_down.weight", WIDTH, HIDDEN)
    model.write_header_to_file()
    model.write_kv_data_to_file()
    model.write_tensors_to_file()
    model.close()


def main():
    told = json.loads(sys.argv[1])
    write_model(told["model"])
    params = xllamacpp.CommonParams()
    params.model.path = told["model"]
    params.hostnames = ["127.0.0.1"]
    params.port = told["port"]
    params.n_ctx = CONTEXT
    params.n_parallel = 2
    params.use_jinja = True
    server = xllamacpp.Server(params)
    print("READY", flush=True)
    sys.stdin.read()


main()
