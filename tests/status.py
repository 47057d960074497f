"""Text for programs that ask the operating system how much memory they take."""

MEMORY = """
import re

def memory(field):
    with open("/proc/self/status") as status:
        return int(re.search(field + ":[^0-9]+([0-9]+) kB", status.read())[1]) * 1024
"""
