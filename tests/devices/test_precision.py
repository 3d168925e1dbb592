from acwgan.devices.precision import has_bfloat16, resolve_precision


def test_the_cpu_flag_decides():
    assert has_bfloat16("flags\t\t: fpu avx512_bf16 gfni") or has_bfloat16("flags : amx_bf16")
    assert not has_bfloat16("flags\t\t: fpu avx2 avx512f")
    assert not has_bfloat16("")


def test_only_auto_is_resolved():
    assert resolve_precision("float32") == "float32"
    assert resolve_precision("bfloat16") == "bfloat16"
    assert resolve_precision("auto") == ("bfloat16" if has_bfloat16() else "float32")
