using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Persistence.TestKit;

namespace ActorRuntime.Persistence.Tests.Snapshot;

public sealed class InMemorySnapshotStoreTests : SnapshotStoreSpec
{
    private readonly InMemorySnapshotStore _store = new();

    protected override ISnapshotStore Connect() => _store;
}
