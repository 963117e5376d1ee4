using System.Security.Cryptography;
using ActorRuntime.Cluster.Sharding.Flows;

namespace ActorRuntime.Node.Demo;

/// <summary>SHA-256 over the items of several flows by source offset: the input file's digest when every byte arrived.</summary>
internal static class MergedDigest
{
    /// <summary>Merges journals, each read once in its own order; holds one batch of each in memory.</summary>
    public static async Task<string> OfAsync(IEnumerable<IAsyncEnumerable<FlowEvent>> journals, CancellationToken cancellationToken)
    {
        var heads = new PriorityQueue<IAsyncEnumerator<FlowItem>, long>();
        var opened = new List<IAsyncEnumerator<FlowItem>>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            foreach (var journal in journals)
            {
                var items = ItemsOf(journal, cancellationToken).GetAsyncEnumerator(cancellationToken);
                opened.Add(items);
                if (await items.MoveNextAsync().ConfigureAwait(false)) heads.Enqueue(items, items.Current.SourceOffset);
            }
            while (heads.TryDequeue(out var items, out _))
            {
                hash.AppendData(items.Current.Bytes.Span);
                if (await items.MoveNextAsync().ConfigureAwait(false)) heads.Enqueue(items, items.Current.SourceOffset);
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            foreach (var items in opened) await items.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async IAsyncEnumerable<FlowItem> ItemsOf(
        IAsyncEnumerable<FlowEvent> journal, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var fact in journal.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (fact is not FlowEvent.ItemsApplied applied) continue;
            foreach (var item in applied.Batch) yield return item;
        }
    }
}
