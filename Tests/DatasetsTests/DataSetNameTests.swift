import Datasets
import Testing

/// What a data set is called for readers.
@Suite struct DataSetNameTests {
  @Test(arguments: [
    ("data/animals/test", "test", "animals"), ("data/animals", "test", "animals"),
    ("/srv/jane/sets/animals/test/", "test", "animals"), ("animals", "train", "animals"),
    ("./animals/./test", "test", "animals"), ("animals/test/test", "test", "test"),
    ("animals/data/test", "test", "animals/data"),
    ("/home/jane/animals/Images", "test", "animals/Images"),
    ("data", "test", "data"), ("data/test", "test", "data"), ("../data/test", "test", "data"),
    ("data/<b>&\"/test", "test", "<b>&\""),
  ])
  func foldersTell(folder: String, split: String, name: String) {
    #expect(DataSetName.of(folder, split: split) == name)
  }

  /// What is left of `.` and `..` is the place that they mean.
  @Test func placesTellWhereNamesAreMissing() {
    for folder in [".", "..", "test", "./test", "a/.."] {
      let name = DataSetName.of(folder, split: "test")
      #expect(!name.isEmpty && !name.hasPrefix("/") && name != ".." && name != ".", "\(folder)")
    }
  }
}
