"""Copy the scripts of a published dashboard to its folder, so it needs no network.

    npm install --prefix benchmarks
    python benchmarks/offline.py HTML

The page that asv writes loads jQuery, flot and others from the servers of their
distributors. npm puts the scripts into benchmarks/node_modules. This program copies
them from there into the folder HTML, and makes the page load the copies.
"""

import argparse
import re
import shutil
from pathlib import Path

PACKAGES = Path(__file__).parent / "node_modules"
# Names of the files on the page -> the files that npm has put into PACKAGES.
FILES = {
    "bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap.min.js": "bootstrap/dist/js/bootstrap.min.js",
    "jquery-3.3.1.min.js": "jquery/dist/jquery.min.js",
    "jquery.flot.categories.min.js": "jquery.flot/jquery.flot.categories.js",
    "jquery.flot.min.js": "jquery.flot/jquery.flot.js",
    "jquery.flot.orderBars.js": "flot-orderbars/js/jquery.flot.orderBars.js",
    "jquery.flot.selection.min.js": "jquery.flot/jquery.flot.selection.js",
    "jquery.flot.time.min.js": "jquery.flot/jquery.flot.time.js",
    "md5.min.js": "blueimp-md5/js/md5.min.js",
    "stupidtable.min.js": "stupid-table-plugin/stupidtable.min.js",
}
FOREIGN = re.compile(
    r'(src|href)="https://[^"]*/([^/"]+\.(?:js|css))" integrity="[^"]+"'
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("html", type=Path, metavar="HTML", help="asv's html_dir")
    index = parser.parse_args().html / "index.html"
    page = index.read_text(encoding="utf-8")
    for _, name in FOREIGN.findall(page):
        if name not in FILES:
            raise SystemExit(f"offline.py: the page loads {name}, which FILES lacks")
        shutil.copyfile(PACKAGES / FILES[name], index.with_name(name))
    index.write_text(FOREIGN.sub(r'\1="\2"', page), encoding="utf-8")


if __name__ == "__main__":
    main()
