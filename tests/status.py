"""Python source of a function that reads the memory of a process on Linux."""

MEMORY = """
import re

def memory(field):
    with open("/proc/self/status") as status:
        return int(re.search(field + ":[^0-9]+([0-9]+) kB", status.read())[1]) * 1024
"""
