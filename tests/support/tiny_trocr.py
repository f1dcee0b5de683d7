"""A TrOCR model of random weights, some hundred kilobytes, that reads nonsense quickly."""

from __future__ import annotations

from pathlib import Path

__all__ = ["save_tiny_trocr"]


def save_tiny_trocr(folder: Path, *, seed: int = 0) -> None:
    """Write what `save_pretrained` of a real TrOCR model writes."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import (
        PreTrainedTokenizerFast,
        TrOCRConfig,
        TrOCRForCausalLM,
        TrOCRProcessor,
        VisionEncoderDecoderModel,
        ViTConfig,
        ViTImageProcessor,
        ViTModel,
    )

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = {token: index for index, token in enumerate([*special, *alphabet])}
    plain = Tokenizer(models.BPE(vocab=tokens, merges=[], unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    plain.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=plain,
        bos_token="<s>",
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
    )
    torch.manual_seed(seed)
    size = 32
    encoder = ViTModel(
        ViTConfig(
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            image_size=size,
            patch_size=8,
        ),
        add_pooling_layer=False,
    )
    decoder = TrOCRForCausalLM(
        TrOCRConfig(
            vocab_size=len(tokens),
            d_model=32,
            decoder_layers=1,
            decoder_attention_heads=2,
            decoder_ffn_dim=32,
            max_position_embeddings=64,
            cross_attention_hidden_size=32,
            bos_token_id=0,
            pad_token_id=1,
            eos_token_id=2,
            decoder_start_token_id=2,
        )
    )
    model = VisionEncoderDecoderModel(encoder=encoder, decoder=decoder)
    for settings in (model.config, model.generation_config):
        settings.decoder_start_token_id = 2
        settings.pad_token_id = 1
        settings.eos_token_id = 2
    # Letters and spaces alone, and some of them: random weights would mostly say nothing.
    wanted = {tokens[token] for token in "abcdefghijklmnopqrstuvwxyz\u0120"} | {2}
    model.generation_config.suppress_tokens = sorted(set(tokens.values()) - wanted)
    model.generation_config.min_new_tokens = 6
    model.save_pretrained(folder, safe_serialization=True)
    pictures = ViTImageProcessor(size={"height": size, "width": size})
    TrOCRProcessor(image_processor=pictures, tokenizer=tokenizer).save_pretrained(folder)
