import Datasets
import Inference

extension SplitPasses {
  /// A sample's picture as the network sees it before it is normalised, in bytes [C][H][W].
  package func planes(_ sample: Int) throws -> [UInt8] {
    let picture = try picture(sample)
    let pixels = picture.height * picture.width
    return (0..<picture.channels * pixels).map {
      picture.pixels[$0 % pixels * picture.channels + $0 / pixels]
    }
  }
}
