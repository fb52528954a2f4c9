"""Languages as BCP 47 tags, whatever a container, a file name or a tagger wrote."""

from __future__ import annotations

import re


def _pairs(table: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in table.split())


# ISO 639-1, ISO 639-2/T and, where it differs, ISO 639-2/B.
_ISO_639 = """
aa aar,ab abk,ae ave,af afr,ak aka,am amh,an arg,ar ara,as asm,av ava,ay aym,az aze,ba bak,be bel,bg bul,bi bis,bm bam
bn ben,bo bod tib,br bre,bs bos,ca cat,ce che,ch cha,co cos,cr cre,cs ces cze,cu chu,cv chv,cy cym wel,da dan
de deu ger,dv div,dz dzo,ee ewe,el ell gre,en eng,eo epo,es spa,et est,eu eus baq,fa fas per,ff ful,fi fin,fj fij
fo fao,fr fra fre,fy fry,ga gle,gd gla,gl glg,gn grn,gu guj,gv glv,ha hau,he heb,hi hin,ho hmo,hr hrv scr,ht hat,hu hun
hy hye arm,hz her,ia ina,id ind,ie ile,ig ibo,ii iii,ik ipk,io ido,is isl ice,it ita,iu iku,ja jpn,jv jav,ka kat geo
kg kon,ki kik,kj kua,kk kaz,kl kal,km khm,kn kan,ko kor,kr kau,ks kas,ku kur,kv kom,kw cor,ky kir,la lat,lb ltz,lg lug
li lim,ln lin,lo lao,lt lit,lu lub,lv lav,mg mlg,mh mah,mi mri mao,mk mkd mac,ml mal,mn mon,mr mar,ms msa may,mt mlt
my mya bur,na nau,nb nob,nd nde,ne nep,ng ndo,nl nld dut,nn nno,no nor,nr nbl,nv nav,ny nya,oc oci,oj oji,om orm,or ori
os oss,pa pan,pi pli,pl pol,ps pus,pt por,qu que,rm roh,rn run,ro ron rum,ru rus,rw kin,sa san,sc srd,sd snd,se sme
sg sag,si sin,sk slk slo,sl slv,sm smo,sn sna,so som,sq sqi alb,sr srp scc,ss ssw,st sot,su sun,sv swe,sw swa,ta tam
te tel,tg tgk,th tha,ti tir,tk tuk,tl tgl,tn tsn,to ton,tr tur,ts tso,tt tat,tw twi,ty tah,ug uig,uk ukr,ur urd,uz uzb
ve ven,vi vie,vo vol,wa wln,wo wol,xh xho,yi yid,yo yor,za zha,zh zho chi,zu zul
"""
_ENTRIES = [entry.split() for line in _ISO_639.split("\n") for entry in line.split(",") if entry]
_SHORTEST: dict[str, str] = {code: entry[0] for entry in _ENTRIES for code in entry}

# Withdrawn codes, and what taggers and subtitle sites write instead of a language code.
_ALIASES = _pairs("""
iw=he in=id ji=yi mo=ro mol=ro jp=ja jap=ja cz=cs dk=da gr=el ua=uk kr=ko cn=zh se=sv zhe=zh
pob=pt-BR pb=pt-BR ptbr=pt-BR zht=zh-Hant cht=zh-Hant zhs=zh-Hans chs=zh-Hans spl=es-419 ea=es-419
""")
_NAMES = _pairs("""
arabic=ar bulgarian=bg catalan=ca chinese=zh simplified=zh-Hans traditional=zh-Hant croatian=hr czech=cs danish=da
dansk=da dutch=nl nederlands=nl english=en estonian=et finnish=fi suomi=fi french=fr francais=fr français=fr german=de
deutsch=de greek=el hebrew=he hindi=hi hungarian=hu magyar=hu icelandic=is indonesian=id italian=it italiano=it
japanese=ja korean=ko latvian=lv lithuanian=lt malay=ms norwegian=no norsk=no persian=fa farsi=fa polish=pl polski=pl
portuguese=pt português=pt portugues=pt brazilian=pt-BR romanian=ro russian=ru serbian=sr slovak=sk slovenian=sl
spanish=es espanol=es español=es castellano=es latino=es-419 swedish=sv svenska=sv tamil=ta telugu=te thai=th
turkish=tr ukrainian=uk vietnamese=vi
""")
_NO_LANGUAGE = {"und", "mis", "mul", "zxx", "xxx", "unk", "unknown", "none", "qaa", "qad", ""}

# RFC 5646 §2.1: language, then optional script, region and variants; extensions and private use are dropped.
_TAG = re.compile(r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?(?:-.*)?")


def normalise(text: str | None) -> str | None:
    """The shortest BCP 47 tag (RFC 5646 §4.5) for a language code, tag or English name; ``None`` when undetermined.

    ``ger`` → ``de``, ``pt_br`` → ``pt-BR``, ``ZH-hans-CN`` → ``zh-Hans-CN``, ``und`` → ``None``. A well-formed code
    that is in no table (``nds``) is kept as it is.
    """
    word = (text or "").strip().lower().replace("_", "-")[:35]
    if word in _NO_LANGUAGE:
        return None
    if word in _NAMES:
        return _NAMES[word]
    match = _TAG.fullmatch(word)
    if match is None:
        return _ALIASES.get(word)
    language = match["language"]
    if language in _NO_LANGUAGE or "qaa" <= language <= "qtz":  # reserved for local use
        return None
    base = _SHORTEST.get(language) or _ALIASES.get(language) or (language if len(language) == 3 else None)
    if base is None:
        return None
    script, region = match["script"], match["region"]
    return "-".join(filter(None, (base, script and script.title(), region and region.upper())))


def from_word(text: str) -> str | None:
    """The tag a word of a file name stands for, stricter than :func:`normalise`: only languages that are in a table.

    ``Film.en.srt`` and ``Film.pt-BR.srt`` name one; ``Film.the.srt`` does not.
    """
    word = text.strip().lower().replace("_", "-")
    head = word.partition("-")[0]
    if word in _NAMES or head in _SHORTEST or head in _ALIASES:
        return normalise(word)
    return None
