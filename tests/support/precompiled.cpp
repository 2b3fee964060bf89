// Makes the compiler read the headers that tests share (tests/CMakeLists.txt).
int main() {}
