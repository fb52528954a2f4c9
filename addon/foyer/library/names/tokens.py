"""The vocabulary of release names, as data.

A *strong* term never belongs to a title, so the title ends before it. A *weak* one (``EXTENDED``, ``French``) may be a
word of a title and counts only next to a strong one, after the year, or alone in brackets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a term speaks about."""

    RESOLUTION = "resolution"
    SOURCE = "source"
    VIDEO = "video"
    AUDIO = "audio"
    LANGUAGE = "language"
    EDITION = "edition"
    FLAG = "flag"
    NETWORK = "network"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A row of the vocabulary. ``words`` are lower case; a term of several words is written with spaces.

    ``caps`` terms count only when written in capitals. ``broadcast`` sources are recorded from television.
    """

    role: Role
    words: str
    strong: bool = True
    caps: bool = False
    broadcast: bool = False
    label: str | None = None


TERMS: tuple[Term, ...] = (
    Term(
        role=Role.RESOLUTION,
        words="4k|8k|uhd|qhd|fullhd|full hd|hd1080p|hd720p|1080hd|720hd|4kuhd|hd1080",
    ),
    Term(role=Role.RESOLUTION, words="fhd|hd|sd|hq|lq|1080|720|2160|480|576", strong=False),
    Term(
        role=Role.SOURCE,
        words="bluray|blu ray|bdrip|bd rip|brrip|br rip|bdremux|bd remux|bdmux|brremux|remux|bd25|bd50|bd66|bd100"
        "|bdmv|bluray3d|bluray rip|bdiso|uhdbd|hddvd|hd dvd|hddvdrip|bd1080p|bd720p|bd9|bd5|mbluray|blurayrip"
        "|bdr|mhd",
    ),
    Term(
        role=Role.SOURCE,
        words="dvd|dvdrip|dvd rip|dvdr|dvd r|dvd5|dvd9|dvd 5|dvd 9|dvdmux|dvdscr|dvd scr|dvdscreener|screener|bdscr"
        "|webscreener|dvdfull|r5|r6|xdvd|dvdremux|2dvd|3dvd|dvdivx|dvdiso|ldrip|laserdisc",
    ),
    Term(
        role=Role.SOURCE,
        words="webdl|web dl|webrip|web rip|webhd|webmux|web mux|webhdrip|webdlrip|web dlrip|weblight|webcap|uhdweb"
        "|vodrip|vod rip|hdweb|itunes|itunesdl|webdlmux|dlmux|amazonhd|netflixhd|ppvrip|webtv|hdts|hd ts",
    ),
    Term(
        role=Role.SOURCE,
        words="hdtv|hd tv|hdtvrip|hdtv rip|pdtv|sdtv|dsr|dsrip|tvrip|tv rip|satrip|sat rip|dvbrip|dvb|uhdtv|hdtvmux"
        "|dtvrip|dthrip|tvhdrip|dvbmux|ahdtv|dvb t|dvbt|dtv|dth|hdtv1080p|dvbc|dvbs|iptv|iptvrip",
        broadcast=True,
    ),
    Term(
        role=Role.SOURCE,
        words="hdrip|hd rip|hdlight|hdcam|hd cam|camrip|cam rip|telesync|hdtc|hd tc|telecine|telesynch|predvd"
        "|predvdrip|pre dvd|vhsrip|vhs rip|workprint|hqcam|microhd|uhdrip|uhd rip|untouched|4klight|hqcamrip"
        "|hdtsrip",
    ),
    Term(role=Role.SOURCE, words="web|cam|vhs|vod|ppv|bd|br|hybrid|tv|camera|umd|scr", strong=False),
    Term(role=Role.SOURCE, words="ts|tc|wp|vcd|dl|bd", strong=False, caps=True),
    Term(
        role=Role.VIDEO,
        words="x264|x265|x266|h264|h265|h266|h 264|h 265|x 264|x 265|hevc|avc|xvid|divx|mpeg2|mpeg 2|mpeg4|mpeg 4"
        "|av1|vp9|vc1|vc 1|10bit|8bit|12bit|10 bit|8 bit|hi10|hi10p|hi444pp|hi444|hi422p|hdr10|hdr10plus"
        "|hdr10p|10bits|8bits|dovi|dolby vision|hdr10+|xvidhd|divx5|divx6|mpeg|mpeg1|wmv|x263|h263|vp8|dv hdr"
        "|hdr dv|hlg|svtav1|x264hi10p|nvenc|x26410bit|hevc10|main10|10b|8b|rv9|rv10|realvideo|yuv420p10"
        "|yuv420p8|xvids|avchd|yuv444p",
    ),
    Term(role=Role.VIDEO, words="hdr|sdr|3d|hsbs|hou|sbs|half sbs|half ou|60fps|hfr|h sbs|h ou|ou|50fps", strong=False),
    Term(role=Role.VIDEO, words="dv|tab", strong=False, caps=True),
    Term(
        role=Role.AUDIO,
        words="aac|aac2|aac5|aac7|ac3|ac 3|eac3|e ac3|e ac 3|eac 3|dd5|dd7|dd2|ddp|ddp5|ddp7|ddp2|ddp1|dd51|dd20"
        "|ddp51|dd+|dts|dtshd|dts hd|dts x|dtsx|dts ma|dts es|dtses|dtsma|truehd|true hd|atmos|flac|lpcm|pcm"
        "|mp3|vorbis|6ch|8ch|2ch|dolby digital|dolby atmos|5 1|7 1|aac51|aac20|he aac|heaac|qaac|ac351"
        "|line audio|ac3d|ac3ld|hqaac|ogg|2audio|dualaudio|dual audio|multi audio|multiaudio|dts5|dts6|flac2"
        "|flac5|flac1|opus2|opus5|truehd5|truehd7|ma5|ma7|hdma|lc aac|aaclc|aac lc|ddpa|ddpa5|ddplus|dd plus"
        "|aacx2|aacx3|ac3x2|flacx2|aac1|dd1|eac351|ddp20|pcm2|lpcm2|mp2|stereo2|trueaudio|dts51|dts71|51ch"
        "|5 1ch|aacp|tta|8bit aac",
    ),
    Term(role=Role.AUDIO, words="2 0|1 0|line|mono|stereo|commentary|ma|opus", strong=False, caps=True),
    Term(
        role=Role.LANGUAGE,
        words="vostfr|vost|truefrench|subfrench|vff|vfq|vfi|vf2|vof|multisub|multisubs|multi subs|multi sub|esub"
        "|esubs|msub|msubs|nlsubs|nl subs|engsub|engsubs|eng sub|eng subs|swesub|dksubs|dksub|subita|sub ita"
        "|subbed|hardsub|hardsubs|softsub|softsubs|castellano|vose|subesp|legendado|dublado|napisy|lektor"
        "|plsub|norsub|finsub|swesubs|e subs|french dubbed|hindi dubbed|english dubbed|english subbed"
        "|german dubbed|multi4|multi2|multi3|multi5|multi6|subforced|subfr|stfr|vo stfr|multilang"
        "|multi language|multilingual|nordicsubs|heb sub|hebsub|latinosub|subtitled|rosubbed|rosub|engdub"
        "|eng dub|multi lang|subeng|sub eng|subs eng|ita eng|eng ita|ita eng sub|hindi english|legenda"
        "|multiplesubtitle|multiple subtitle|dubpl|plsubbed|pldub|dual lat|multiaudios|subpack|audio latino"
        "|swissgerman",
    ),
    Term(
        role=Role.LANGUAGE,
        words="french|german|english|italian|spanish|russian|japanese|korean|chinese|hindi|dutch|polish|swedish"
        "|danish|norwegian|finnish|portuguese|turkish|arabic|hebrew|greek|czech|hungarian|thai|tamil|telugu"
        "|malayalam|kannada|bengali|punjabi|latino|nordic|mandarin|cantonese|vietnamese|ukrainian|romanian"
        "|flemish|catalan|persian|indonesian|multi|dubbed|dub|subs|sub|dual|brazilian|icelandic|croatian"
        "|serbian|bulgarian|slovak|slovenian|lithuanian|latvian|estonian|marathi|gujarati|urdu|deutsch"
        "|francais|français|castellano|espanol|español|italiano|multilanguage",
        strong=False,
    ),
    Term(
        role=Role.LANGUAGE,
        words="eng|ita|ger|fre|fra|spa|esp|rus|jpn|jap|kor|chi|hin|nl|pl|swe|nor|dan|fin|por|ptbr|pt br|en|fr|de|es"
        "|it|ru|ja|jp|ko|zh|vf|vo|vff|cz|hun|tur|ukr|heb|chs|cht|gb|big5|tel|tam|mal|kan|lat|deu|eng dub|iTA"
        "|dk|se|no|fi|ro|hu|pt|hi|dt|kr|br|nld|pol|cze|dubs|vosta|voa|vost|ml|gre|ara|rom|cn|en us",
        strong=False,
        caps=True,
    ),
    Term(
        role=Role.EDITION,
        words="director's cut|directors cut|director cut|directors edition|director's edition|extended cut"
        "|extended edition|extended version|theatrical cut|theatrical edition|theatrical version|final cut"
        "|special edition|collector's edition|collectors edition|ultimate edition|ultimate cut"
        "|anniversary edition|criterion collection|deluxe edition|limited edition|unrated cut|unrated edition"
        "|unrated version|uncut edition|uncut version|international cut|international version|rogue cut"
        "|redux edition|despecialized edition|despecialized|open matte|imax edition|original cut"
        "|producers cut|producer's cut|assembly cut|workprint cut|restored edition|remastered edition"
        "|definitive edition|edition collector|signature edition|diamond edition|alternate cut"
        "|alternative cut|tv cut|extended directors cut|extended director's cut|ultimate collectors edition"
        "|ultimate collector's edition|fan edit|fanedit|super duper cut|director's definitive cut"
        "|uncensored version|complete edition|roadshow edition|gold edition|black and chrome|4k remastered"
        "|4k remaster|4k restored|digitally remastered|remastered version|hybrid remux|extended remastered",
    ),
    Term(role=Role.EDITION, words="unrated|remastered|uncensored|recut|theatrical|extended|4k77", strong=False),
    Term(
        role=Role.EDITION,
        words="uncut|imax|redux|restored|limited|criterion|festival|anniversary|ultimate|special|se|dc",
        strong=False,
        caps=True,
    ),
    Term(
        role=Role.FLAG,
        words="repack|repack1|repack2|rerip|reencode|nfofix|dirfix|syncfix|proper2|repack3|readnfo|read nfo|ntsc"
        "|pal dvd|bdpal|dvdpal|hdrip|real proper|proper real|internal repack|xxx 1080p|dvdntsc|yify|yts|rarbg"
        "|eztv|ettv|etrg|evo fgt|galaxyrg|tgx|ntb|publichd|widescreen|letterbox|colorized|upscaled|upscale"
        "|ai upscale|nogrp|fansub|fastsub|complete series|complete collection|season pack|brmux|brripmux"
        "|bluraymux",
    ),
    Term(
        role=Role.FLAG,
        words="proper|ws|oar|complete|convert|subfix|preair|rip|batch|fixed|sample|hc|docu|obfuscated|v2|v3|mkv|mp4"
        "|avi|raws|rm4k",
        strong=False,
    ),
    Term(
        role=Role.FLAG,
        words="internal|real|retail|custom|final|pal|mini|rp|stv|end|fin|raw|fs|open|opus|md|ld",
        strong=False,
        caps=True,
    ),
    Term(
        role=Role.NETWORK,
        words="amzn|dsnp|hmax|atvp|pcok|pmtp|stan web|nflx|netflix web|crav|iplayer|itv web|hbomax|disney+ web"
        "|hulu web",
    ),
    Term(
        role=Role.NETWORK,
        words="nf|max|hulu|cr|stan|red|ip|all4|it|hbo|dsny|crkl|sho|ma|ppv|abema|b global|adn|vrv|tvnz|netflix"
        "|amazon|amc|wow",
        strong=False,
        caps=True,
    ),
)

_SHAPES = re.compile(
    r"(?P<resolution>(?:bd|hd|web|dvd)?\d{3,4}[pi](?:\d{2,3})?(?:x\d\d)?|\d{3,4}[x\u00d7]\d{3,4}p?)$"
    r"|(?P<video>\d\d(?:\.\d+)?fps|(?:hdtv|pdtv|web|dvdrip|bluray|webrip|bdrip)?[xh]26[456](?:10bit)?|hi10p?|\d{1,2}bits?|crf\d\d|rev\d{3})$"
    r"|(?P<audio>(?:aac|ac3|eac3|ddp?a?|dts(?:hd)?|truehd|flac|opus|mp3|lpcm)(?:\d{1,2}|x\d)?|[2-8]ch|\d{2,4}kbps)$"
    r"|(?P<source>\d?dvd[59r]|dvd\drip|\d{1,2}gb|\d{3,4}mb)$"
    r"|(?P<language>(?:eng?|fre?|ger?|ita?|esp?|spa|rus|multi|vost\w?\w?|pl|nl|swe?|nor|dk|fin?)(?:subs?|dub(?:bed)?|\d))$"
)


def _index() -> tuple[dict[str, Term], dict[str, tuple[tuple[tuple[str, ...], Term], ...]]]:
    single: dict[str, Term] = {}
    several: dict[str, list[tuple[tuple[str, ...], Term]]] = {}
    for term in TERMS:
        for word in term.words.lower().split("|"):
            first, *rest = word.split()
            if rest:
                several.setdefault(first, []).append((tuple(rest), term))
            else:
                single.setdefault(word, term)
    ordered = {first: tuple(sorted(rows, key=lambda row: -len(row[0]))) for first, rows in several.items()}
    return single, ordered


SINGLE, SEVERAL = _index()
_SHAPED = {
    role: Term(role=Role(role), words=f"({role})") for role in ("resolution", "video", "audio", "source", "language")
}


def shaped(word: str) -> Term | None:
    """The term of a word that carries a number (``1080p``, ``DDP5``), or None."""
    match = _SHAPES.match(word)
    return _SHAPED[match.lastgroup] if match and match.lastgroup else None


# Extensions that a name loses; anything else after the last dot stays a part of the name.
CONTAINERS = frozenset(
    (
        "3g2", "3gp", "aac", "ac3", "aif", "aiff", "alac", "ape", "arw", "asf", "ass", "avi", "avif", "azw3",
        "bdmv", "bmp", "cbr", "cbz", "cr2", "cr3", "dat", "dff", "divx", "djvu", "dng", "doc", "docx", "dsf", "dts",
        "dvr-ms", "epub", "evo", "f4v", "flac", "flv", "gif", "heic", "heif", "html", "idx", "ifo", "img", "iso",
        "jpeg", "jpg", "jxl", "m1v", "m2ts", "m2v", "m4a", "m4b", "m4v", "md", "mk3d", "mka", "mkv", "mobi", "mov",
        "mp2", "mp3", "mp4", "mpc", "mpe", "mpeg", "mpg", "mts", "mxf", "nef", "nfo", "nrg", "odt", "oga", "ogg",
        "ogm", "ogv", "opus", "orf", "pdf", "png", "raw", "rm", "rmvb", "rw2", "smi", "srt", "ssa", "strm", "sub",
        "sup", "svg", "tif", "tiff", "tp", "trp", "ts", "tta", "txt", "vob", "vtt", "wav", "webm", "webp", "wma",
        "wmv", "wtv", "wv", "xml", "xvid", "y4m",
    )
)  # fmt: skip
