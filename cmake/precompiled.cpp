// Makes the compiler read the headers that libraries share (cmake/ColonyTargets.cmake), and those that tests share (tests/CMakeLists.txt).
int main() {}
