"""Real clips, made by the system's ffmpeg once a session and only when a test asks for them."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

RATE = "24000/1001"
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "48", "-pix_fmt", "yuv420p")
HEVC10 = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")
HDR = "log-level=error:colorprim=bt2020:colormatrix=bt2020nc:transfer="
MASTERING = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"

SRT = """1
00:00:00,500 --> 00:00:01,400
<i>Line one</i> & <b>bold</b>
second row

2
00:00:01,500 --> 00:00:02,900
{\\an8}Über <font color="red">red</font>

"""
ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Bold, Italic, Underline, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,DejaVu Sans,20,&H00FFFFFF,0,0,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.50,0:00:01.40,Default,,0,0,0,,{\\i1\\pos(10,10)}Styled, with a comma\\Nline two
Dialogue: 0,0:00:01.50,0:00:02.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0 100 100{\\p0}
Dialogue: 0,0:00:02.00,0:00:02.90,Default,,0,0,0,,plain {\\b1}bold{\\b0}
"""
CHAPTERS = """;FFMETADATA1
title=A Film
[CHAPTER]
TIMEBASE=1/1000
START=0
END=2000
title=Opening
[CHAPTER]
TIMEBASE=1/1000
START=2000
END=4000
title=Ende 🎬
"""


def ffmpeg(*words: str | Path) -> None:
    """Run the system's ffmpeg and fail with its words."""
    argv = ["ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-y", *map(str, words)]
    done = subprocess.run(argv, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")


def counted(rate: str = RATE, size: str = "640x360") -> str:
    """A test picture with a frame counter: sixteen boxes of 20 pixels at the top left, least bit left, white is one."""
    boxes = ",".join(
        f"drawbox=x={bit * 20}:y=0:w=20:h=20:c=white:t=fill:enable='gt(bitand(n,{1 << bit}),0)'" for bit in range(16)
    )
    return f"testsrc2=s={size}:r={rate},drawbox=x=0:y=0:w=320:h=20:c=black:t=fill,{boxes},format=yuv420p"


BEEPS = "aevalsrc='0.8*sin(2*PI*1000*t)*lt(mod(t,1),0.04)':s=48000"
"""1 kHz for 40 ms at each full second."""


class Clips:
    """A shelf of clips; each is made when it is first asked for. None is ever changed: copy one to damage it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _make(self, name: str, *words: str | Path, seconds: float = 4, picture: str | None = None) -> Path:
        path = self.folder / name
        if not path.exists():
            sources = ("-f", "lavfi", "-i", picture or counted(), "-f", "lavfi", "-i", BEEPS)
            part = self.folder / f"part-{name}"
            ffmpeg(*sources, *words, "-t", str(seconds), part)
            part.rename(path)
        return path

    def film_mp4(self) -> Path:
        """H.264 with B-frames and AAC, keyframes every two seconds, counter and beeps, faststart."""
        tags = ("-metadata", "title=Film (2021)", "-metadata:s:a:0", "language=ger", "-movflags", "+faststart")
        return self._make("film.mp4", *H264, "-c:a", "aac", *tags)

    def film_mkv(self) -> Path:
        """The same in Matroska."""
        return self._make("film.mkv", *H264, "-c:a", "aac", "-metadata:s:a:0", "language=ger")

    def film_ts(self) -> Path:
        """The same in a transport stream, which starts at 1.4 seconds."""
        return self._make("film.ts", *H264, "-c:a", "aac")

    def hdr_mkv(self, transfer: str = "smpte2084") -> Path:
        """HEVC of 10 bits; the test picture properly converted to PQ or HLG (``arib-std-b67``)."""
        chain = (
            "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv,"
            "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020,"
            f"zscale=t={transfer}:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
        )
        params = f"{HDR}{transfer}" + (f":{MASTERING}" if transfer == "smpte2084" else "")
        coding = ("-vf", chain, *HEVC10, "-x265-params", params, "-c:a", "eac3", "-ac", "6")
        return self._make(f"hdr-{transfer}.mkv", *coding, seconds=1)

    def interlaced_ts(self) -> Path:
        """MPEG-2, top field first, anamorphic PAL, MP2 sound."""
        chain = "scale=720:576,fps=50,interlace,setsar=64/45"
        coding = ("-vf", chain, "-r", "25", "-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-c:a", "mp2")
        return self._make("interlaced.ts", *coding, seconds=2)

    def interlaced_h264(self) -> Path:
        """H.264 coded as fields, in Matroska."""
        coding = ("-vf", "fps=50,interlace", "-r", "25", *H264, "-flags", "+ildct+ilme", "-x264-params", "tff=1")
        return self._make("interlaced264.mkv", *coding, "-an", seconds=1)

    def rotated_mp4(self, degrees: int = 90) -> Path:
        """Held upright: landscape samples, to be turned clockwise by ``degrees``."""
        path = self.folder / f"rotated{degrees}.mp4"
        if not path.exists():
            data = bytearray(self.film_mp4().read_bytes())
            at = data.index(b"tkhd") + 4 + 40
            a, b = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
            matrix = [a << 16, b << 16, 0, -b << 16, a << 16, 0, 0, 0, 1 << 30]
            data[at : at + 36] = b"".join(n.to_bytes(4, "big", signed=True) for n in matrix)
            path.write_bytes(data)
        return path

    def vp9_webm(self) -> Path:
        coding = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus")
        return self._make("vp9.webm", *coding, seconds=1)

    def av1_mkv(self) -> Path:
        coding = ("-c:v", "libsvtav1", "-preset", "12", "-c:a", "flac")
        return self._make("av1.mkv", *coding, seconds=1)

    def xvid_avi(self) -> Path:
        coding = ("-c:v", "mpeg4", "-vtag", "XVID", "-bf", "1", "-c:a", "libmp3lame")
        return self._make("xvid.avi", *coding, seconds=2)

    def program_stream(self) -> Path:
        """MPEG-2 as on a DVD."""
        coding = ("-c:v", "mpeg2video", "-q:v", "4", "-g", "12", "-c:a", "mp2")
        return self._make("dvd.mpg", *coding, seconds=2)

    def flash_flv(self) -> Path:
        return self._make("old.flv", *H264, "-c:a", "aac", seconds=2)

    def black_then_bright(self) -> Path:
        """Black but for the middle tenth of its twenty seconds."""
        picture = f"{counted(rate='10')},drawbox=t=fill:c=black:enable='not(between(t,10,12))'"
        return self._make("black.mp4", *H264, "-g", "10", "-an", seconds=20, picture=picture)

    def multi_mkv(self) -> Path:
        """Two audio tracks, three text tracks, one of pictures, chapters, a font and a cover."""
        path = self.folder / "multi.mkv"
        if not path.exists():
            texts = {"a.srt": SRT, "b.ass": ASS, "chapters.txt": CHAPTERS}
            for name, text in texts.items():
                (self.folder / name).write_text(text)
            (self.folder / "font.ttf").write_bytes(b"\0\1\0\0" + bytes(2000))
            picture = self.cover_jpeg()
            ffmpeg(
                *("-i", self.film_mkv(), "-i", self.folder / "a.srt", "-i", self.folder / "b.ass"),
                *("-i", self.folder / "chapters.txt"),
                *("-map", "0:v", "-map", "0:a", "-map", "0:a", "-map", "1", "-map", "1", "-map", "2"),
                *("-map_metadata", "3", "-map_chapters", "3", "-c", "copy"),
                *(
                    "-c:a:1",
                    "ac3",
                    "-ac:a:1",
                    "6",
                    "-metadata:s:a:0",
                    "language=eng",
                    "-metadata:s:a:1",
                    "language=jpn",
                ),
                *("-metadata:s:a:1", "title=Director's commentary", "-disposition:a:1", "comment"),
                *("-c:s:0", "srt", "-c:s:1", "srt", "-c:s:2", "ass", "-metadata:s:s:0", "language=eng"),
                *("-metadata:s:s:1", "language=ger", "-disposition:s:1", "forced"),
                *("-metadata:s:s:2", "language=jpn", "-disposition:s:2", "hearing_impaired"),
                *("-attach", self.folder / "font.ttf", "-metadata:s:t:0", "mimetype=application/x-truetype-font"),
                *(
                    "-attach",
                    picture,
                    "-metadata:s:t:1",
                    "mimetype=image/jpeg",
                    "-metadata:s:t:1",
                    "filename=cover.jpg",
                ),
                path,
            )
        return path

    def captioned_mp4(self) -> Path:
        """A film with ``mov_text`` subtitles."""
        path = self.folder / "captioned.mp4"
        if not path.exists():
            (self.folder / "c.srt").write_text(SRT)
            maps = ("-map", "0", "-map", "1", "-c", "copy", "-c:s", "mov_text", "-metadata:s:s:0", "language=fre")
            ffmpeg("-i", self.film_mp4(), "-i", self.folder / "c.srt", *maps, path)
        return path

    def bitmap_mkv(self) -> Path:
        """A film with Blu-ray picture subtitles."""
        path = self.folder / "bitmap.mkv"
        if not path.exists():
            (self.folder / "d.sup").write_bytes(picture_subtitle())
            maps = ("-map", "0", "-map", "1", "-c", "copy")
            ffmpeg("-i", self.film_mkv(), "-i", self.folder / "d.sup", *maps, path)
        return path

    def song_mp3(self) -> Path:
        """A tagged song with a cover."""
        path = self.folder / "song.mp3"
        if not path.exists():
            tags = ("-metadata", "title=Lied", "-metadata", "artist=Ann Ärtist", "-metadata", "track=3/12")
            maps = ("-map", "0", "-map", "1", "-c:v", "mjpeg", "-disposition:v", "attached_pic")
            sound = ("-f", "lavfi", "-t", "2", "-i", BEEPS, "-i", self.cover_jpeg())
            ffmpeg(*sound, *maps, "-c:a", "libmp3lame", "-id3v2_version", "3", *tags, path)
        return path

    def cover_jpeg(self) -> Path:
        """A blue picture, 600 by 900."""
        path = self.folder / "cover.jpg"
        if not path.exists():
            ffmpeg("-f", "lavfi", "-i", "color=c=blue:s=600x900", "-frames:v", "1", "-update", "1", path)
        return path


def picture_subtitle() -> bytes:
    """One white 8 by 2 picture at one second (presentation graphics stream)."""

    def segment(kind: int, body: bytes) -> bytes:
        return b"PG" + struct.pack(">IIBH", 90_000, 0, kind, len(body)) + body

    row = bytes((0, 0x88, 1, 0, 0))
    composition = struct.pack(">HHBHBBBB", 640, 360, 0x10, 0, 0x80, 0, 0, 1) + struct.pack(">HBBHH", 0, 0, 0, 16, 300)
    return b"".join(
        (
            segment(0x16, composition),
            segment(0x17, struct.pack(">BBHHHH", 1, 0, 16, 300, 8, 2)),
            segment(0x14, bytes((0, 0, 1, 235, 128, 128, 255))),
            segment(
                0x15, struct.pack(">HBB", 0, 0, 0xC0) + (14).to_bytes(3, "big") + struct.pack(">HH", 8, 2) + row * 2
            ),
            segment(0x80, b""),
        )
    )
