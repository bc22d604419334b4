r"""Regular expressions that mean the same in Python and in JSON Schema.

`$` of Python also matches before a last line feed, hence `END`; `\d` and `\w` know other scripts, hence plain ranges.
"""

END = r"$(?!\n)"
UUID = rf"^[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}{END}"
UUID7 = rf"^[0-9a-f]{{8}}-[0-9a-f]{{4}}-7[0-9a-f]{{3}}-[89ab][0-9a-f]{{3}}-[0-9a-f]{{12}}{END}"
URN = rf"^urn:okno:(?:(?:cabinet|gateway|system):[a-z0-9][a-z0-9-]{{0,31}}|all){END}"
KID = rf"^[a-z0-9][a-z0-9.-]{{0,63}}{END}"
TYPE = rf"^okno\.[a-z]+(?:\.[a-z]+)*\.v[1-9][0-9]?{END}"
SHA256 = rf"^sha-256=:[A-Za-z0-9+/]{{43}}=:{END}"
SUBJECT = rf"^[a-z]{{1,16}}:[A-Za-z0-9._-]{{1,64}}{END}"
OPAQUE = rf"^[A-Za-z0-9._:-]{{1,128}}{END}"
TRACEPARENT = rf"^00-[0-9a-f]{{32}}-[0-9a-f]{{16}}-[0-9a-f]{{2}}{END}"
UTC = rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]{{1,6}})?Z{END}"
AMOUNT = rf"^-?(?:0|[1-9][0-9]{{0,17}})(?:\.[0-9]{{1,3}})?{END}"
CURRENCY = rf"^[A-Z]{{3}}{END}"
SEALED = rf"^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]{{16}}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{{22}}{END}"
PLAIN_LINE = rf"^[^\u0000-\u001f\u007f]*{END}"
NAME = rf"^[a-z0-9][a-z0-9._-]{{0,63}}{END}"
DIGEST = rf"^[0-9a-f]{{64}}{END}"
