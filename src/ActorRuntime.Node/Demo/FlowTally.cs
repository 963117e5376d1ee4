using System.Buffers.Binary;
using System.Security.Cryptography;
using ActorRuntime.Cluster.Sharding.Flows;

namespace ActorRuntime.Node.Demo;

/// <summary>Compares what a flow's receiver persisted with the lines that were dealt to the flow. Pure; memory grows with the number of
/// items (some 80 bytes each), not with their size.</summary>
internal sealed class FlowTally : IDisposable
{
    private readonly string _flow;
    private readonly Dictionary<long, UInt128> _expected = [];
    private readonly HashSet<long> _received = [];
    private readonly IncrementalHash _in = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _out = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _itemsOut, _duplicated, _reordered, _foreign, _fenced, _refused, _silenceMs;
    private long _highestOffset = -1;
    private FlowFence _highestFence;
    private long? _lastAtMs;

    public FlowTally(string flow) => _flow = flow;

    /// <summary>A line of the input that belongs to this flow; all of them before the first event.</summary>
    public void Expect(SourceItem item)
    {
        _expected.Add(item.Line, Fingerprint(item.Bytes));
        _in.AppendData(item.Bytes.Span);
    }

    /// <summary>The next event of the receiver's journal.</summary>
    public void Take(FlowEvent fact)
    {
        switch (fact)
        {
            case FlowEvent.FlowOpened opened when opened.Fence > _highestFence:
                _highestFence = opened.Fence;
                break;
            case FlowEvent.ItemsApplied applied:
                foreach (var item in applied.Batch) Take(item, applied.Fence);
                if (_lastAtMs is { } last) _silenceMs = Math.Max(_silenceMs, applied.AtMs - last);
                _lastAtMs = applied.AtMs;
                break;
            case FlowEvent.ItemsRefused refused when IsFromMuted(refused):
                _refused += refused.Items;
                break;
        }
    }

    public FlowReport Report() => new(
        _flow, _expected.Count, _itemsOut, _expected.Keys.LongCount(offset => !_received.Contains(offset)), _duplicated, _reordered,
        _foreign, _fenced, Hex(_in), Hex(_out), _refused, _silenceMs);

    public void Dispose()
    {
        _in.Dispose();
        _out.Dispose();
    }

    /// <summary>Sent by a sender that was muted or superseded; not what a sender's own earlier attempt still had under way.</summary>
    private bool IsFromMuted(FlowEvent.ItemsRefused refused) =>
        refused.Why is FlowRefusal.Muted or FlowRefusal.NotActive
        || (refused.Why == FlowRefusal.Fenced && refused.Term < _highestFence.Term);

    private void Take(FlowItem item, FlowFence fence)
    {
        _itemsOut++;
        _out.AppendData(item.Bytes.Span);
        if (fence < _highestFence) _fenced++;
        if (!_expected.TryGetValue(item.SourceOffset, out var fingerprint) || fingerprint != Fingerprint(item.Bytes)) _foreign++;
        if (!_received.Add(item.SourceOffset)) _duplicated++;
        else if (item.SourceOffset < _highestOffset) _reordered++;
        _highestOffset = Math.Max(_highestOffset, item.SourceOffset);
    }

    private static string Hex(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetCurrentHash());

    private static UInt128 Fingerprint(ReadOnlyMemory<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes.Span, digest);
        return BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }
}
