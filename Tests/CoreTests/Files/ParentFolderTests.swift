import Core
import Testing

@Suite struct ParentFolderTests {
  @Test(
    arguments: [
      ("a", ""), ("a/", ""), ("", ""), ("name", ""), ("a/b", "a"), ("a/b/", "a"), ("a//b", "a"),
      ("/", "/"), ("/a", "/"), ("/a/b.yaml", "/a"), ("../a", ".."), ("./a", "."),
    ])
  func aPathLiesInAFolder(path: String, folder: String) {
    #expect(path.parentFolder == folder)
  }
}
