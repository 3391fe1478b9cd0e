package dev.rankwise.models.format;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The data part of a file as few read-only mappings, each holding whole tensors and at most 2 GiB.
 */
final class MappedWindows {
  private final NavigableMap<Long, ByteBuffer> windows;

  private MappedWindows(NavigableMap<Long, ByteBuffer> windows) {
    this.windows = windows;
  }

  /** Maps tensors that tile the data part, which starts at byte {@code dataStart} of the file. */
  static MappedWindows of(FileChannel channel, long dataStart, Collection<TensorSpec> tensors)
      throws IOException {
    List<TensorSpec> filled = new ArrayList<>();
    for (TensorSpec tensor : tensors) {
      if (tensor.byteSize() > Integer.MAX_VALUE) {
        throw new UserInputException(
            ("Tensor \"%s\" has %s bytes, and one tensor may have 2^31-1; use a base "
                    + "whose tensors are smaller")
                .formatted(tensor.name(), tensor.byteSize()));
      }
      if (tensor.byteSize() > 0) {
        filled.add(tensor);
      }
    }
    filled.sort(Comparator.comparingLong(TensorSpec::begin));
    NavigableMap<Long, ByteBuffer> windows = new TreeMap<>();
    int first = 0;
    while (first < filled.size()) {
      long begin = filled.get(first).begin();
      int next = first;
      while (next < filled.size() && filled.get(next).end() - begin <= Integer.MAX_VALUE) {
        next++;
      }
      long size = filled.get(next - 1).end() - begin;
      windows.put(begin, channel.map(FileChannel.MapMode.READ_ONLY, dataStart + begin, size));
      first = next;
    }
    return new MappedWindows(windows);
  }

  /** A view of one tensor's bytes: little-endian, read-only. */
  ByteBuffer bytes(TensorSpec tensor) {
    if (tensor.byteSize() == 0) {
      return ByteBuffer.allocate(0).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
    Map.Entry<Long, ByteBuffer> window = windows.floorEntry(tensor.begin());
    int start = (int) (tensor.begin() - window.getKey());
    return window.getValue().slice(start, (int) tensor.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
  }
}
