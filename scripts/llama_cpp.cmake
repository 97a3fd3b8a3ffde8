# Read by CMake when pip compiles llama-cpp-python (scripts/setup.sh). llama.cpp's library for its own command-line
# programs is no part of the Python package, and half of the compile. The rest stays as it is: pip keeps the wheel, and
# other projects of the same user get it from there.
set(LLAMA_BUILD_COMMON OFF)
