using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Persistence.Tests.Conformance;

namespace ActorRuntime.Persistence.Tests.Snapshot;

public sealed class InMemorySnapshotStoreTests : SnapshotStoreConformance
{
    private readonly InMemorySnapshotStore _store = new();

    protected override ISnapshotStore Connect() => _store;
}
