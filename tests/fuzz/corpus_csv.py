"""Writes the corpus of csv_fuzz: files as spreadsheets write them, and as nobody should."""

import pathlib

CORPUS = pathlib.Path(__file__).parent / "corpus" / "csv"

TABLE = ("姓名,电话,生日,余额,标签,特别信息\r\n"
         "王秀兰,138-0000-1001,1956/3/7,\"1,234.50\",重点;老客户,\"{\"\"爱好\"\":\"\"书法\"\"}\"\r\n"
         "\"李,静\",+86 139 0000 1002,1960年12月1日,¥12.5,\"\",\r\n")

FILES = {
    "utf8": TABLE.encode(),
    "mark": b"\xef\xbb\xbf" + TABLE.encode(),
    "gb18030": TABLE.replace("¥", "￥").encode("gb18030"),
    "gb18030-mark": "\ufeff姓名\n王秀兰\n".encode("gb18030"),
    "lines-lf": "一,二\n三,四\n".encode(),
    "lines-cr": "一,二\r三,四\r".encode(),
    "lines-blank": "\n\r\n \t\n一\n\n\n二\n\n".encode(),
    "lines-quoted": "\"第一行\n第二行\r\n第三行\",b\nc\n".encode(),
    "no-end": "一,二".encode(),
    "quote-open": "一,\"二\n三,四\n".encode(),
    "quote-stray": "a\"b,\"c\"d\",\"e\"\" \"f\n".encode(),
    "quote-only": b"\"\"\"\"\n\"\n",
    "formula": b"=1+1,'=1,+2,-3,@4,\"\t5\"\n",
    "commas": b",,,\n,\n",
    "nul": b"a\x00b,\x00\n",
    "stray-bytes": b"\xcd\xf5,\xff\xff\n" + TABLE.encode(),
    "cut": TABLE.encode()[:-40],
    "empty": b"\n",
}


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    for old in CORPUS.iterdir():
        old.unlink()
    for name, data in FILES.items():
        (CORPUS / name).write_bytes(data)


if __name__ == "__main__":
    main()
