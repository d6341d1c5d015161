import ctypes.util
from functools import cache

# The backend asks GeoDjango three times, and each time that looks for GDAL under fourteen names and runs a
# linker for each: a second of every command's start. Once will do.
ctypes.util.find_library = cache(ctypes.util.find_library)
