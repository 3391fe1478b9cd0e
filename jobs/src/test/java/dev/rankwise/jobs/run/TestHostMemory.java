package dev.rankwise.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.pipeline.executor.MemoryUse;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestHostMemory {

  @Test
  void processesOfAHostAddUpAndHostsDoNot() {
    List<MemoryUse> processes =
        List.of(
            new MemoryUse("driver", 1, 300, 800),
            new MemoryUse("worker", 7, 200, 500),
            new MemoryUse("worker", 8, 200, 600),
            new MemoryUse("driver", 2, 100, 150));

    assertThat(HostMemory.fullest(processes)).contains(new HostMemory("worker", 1_100, 700));
  }

  @Test
  void bothFiguresAreThoseOfOneHost() {
    List<MemoryUse> processes =
        List.of(new MemoryUse("large", 1, 900, 1_000), new MemoryUse("busy", 1, 100, 900));

    assertThat(HostMemory.fullest(processes)).contains(new HostMemory("large", 1_000, 100));
  }

  @Test
  void firstByNameStandsForEqualHosts() {
    List<MemoryUse> processes = List.of(new MemoryUse("b", 1, 1, 5), new MemoryUse("a", 1, 2, 5));

    assertThat(HostMemory.fullest(processes)).contains(new HostMemory("a", 5, 3));
  }

  @Test
  void nothingMeasuredIsNoHost() {
    assertThat(HostMemory.fullest(List.of())).isEmpty();
  }
}
