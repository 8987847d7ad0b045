"""Writes the corpus of configuration_fuzz: files as operators write them, and as they should not."""

import json
import pathlib

CORPUS = pathlib.Path(__file__).parent / "corpus" / "configuration"

FILES = {
    "empty": {},
    "business": {"business": {"timezone": "Asia/Shanghai", "working_days": [1, 2, 3, 4, 5, 6],
                              "working_hours": ["08:30-12:00", "13:00-17:30"], "language": "en",
                              "currency": "CNY"}},
    "listen": {"listen": "[::1]:7420"},
    "tls": {"tls": {"listen": "0.0.0.0:7443", "certificate": "/etc/haoke/cert.pem",
                    "key": "/etc/haoke/key.pem", "handshake_bytes": 16384}},
    "limits": {"limits": {"frame_bytes": 4194304, "frame_depth": 32, "connections": 4096,
                          "rate": 50000, "drain_ms": 10000}},
    "packages": {"packages": {"enable": ["health_product", "metrics"],
                              "config": {"metrics": {"port": 7421}}, "kept": 10, "watch_ms": 0}},
    "journal": {"journal": {"keep_days": 90, "archive": "/archive/haoke"},
                "backup": {"directory": "/backup"}, "restore": {"skip_ids": 10000}},
    "log": {"log": {"level": "debug", "slow_ms": 250}, "login": {"pair": 5, "share_percent": 25}},
    "null-section": {"limits": None},
    "mistyped": {"limits": {"conections": 5}},
    "mistyped-section": {"limts": {}},
    "wrong-kind": {"limits": {"rate": "fast"}},
    "out-of-range": {"limits": {"rate": 0}},
    "wrong-zone": {"business": {"timezone": "Asia/Jinan"}},
    "wrong-hours": {"business": {"working_hours": ["12:00-09:00"]}},
    "no-key": {"tls": {"listen": "0.0.0.0:7443", "certificate": "c"}},
}

TEXTS = {
    "not-json": b"listen = 127.0.0.1:7420\n",
    "array": b"[]",
    "twice": b'{"listen": "a:1", "listen": "b:2"}',
    "cut": b'{"limits": {"rate": 5',
    "large": b'{"limits": {"rate": 99999999999999999999}}',
    "nul": b'{"listen": "127.0.0.1\\u0000:7420"}',
    "mark": b"\xef\xbb\xbf{}",
    "not-utf8": b'{"listen": "\xff\xfe"}',
    "deep": b"[" * 200 + b"]" * 200,
}


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    for old in CORPUS.iterdir():
        old.unlink()
    for name, value in FILES.items():
        (CORPUS / name).write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
    for name, data in TEXTS.items():
        (CORPUS / name).write_bytes(data)


if __name__ == "__main__":
    main()
