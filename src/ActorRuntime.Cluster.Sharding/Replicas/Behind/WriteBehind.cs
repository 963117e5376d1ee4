using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Sharding.Replicas.Behind;

/// <summary>A replica's side of its way into the persistent store: shell of <see cref="WriteBehindCore"/>. Used on the turn of the
/// <see cref="ReplicaActor"/> alone.</summary>
/// <param name="scope">Type and shard.</param>
/// <param name="log">The log.</param>
/// <param name="writer">A <see cref="WriteBehindActor"/>.</param>
internal sealed partial class WriteBehind(
    string scope, ReplicaCore log, WriteBehindOptions options, IActorRef writer, IClusterAccess cluster, ILogger logger)
{
    private readonly WriteBehindCore _core = new(options);
    private readonly List<WriteBehindEffect> _effects = [];

    /// <inheritdoc cref="WriteBehindCore.Refusal"/>
    public string? Refusal => _core.Refusal;

    /// <inheritdoc cref="WriteBehindCore.MayGrow"/>
    public bool MayGrow => _core.MayGrow;

    /// <inheritdoc cref="WriteBehindCore.Deadline"/>
    public MonotonicTime? Deadline => _core.Deadline;

    public WriteBehindLag LagAt(MonotonicTime now) => _core.LagAt(now);

    /// <summary>Why nothing more is committed while it may not grow.</summary>
    public string DescribeLag(MonotonicTime now)
    {
        var lag = _core.LagAt(now);
        return $"the persistent store is {lag.Blocks} blocks ({lag.Bytes} bytes, {lag.Age.TotalSeconds:0.#} s) behind the log, and lag-blocks-max = "
            + $"{options.LagBlocksMax}, lag-bytes-max = {options.LagBytesMax} allow no more. {_core.Failure ?? "It answers, but too slowly"}";
    }

    public void OnOpened(long term, long committed, MonotonicTime now) => _core.OnOpened(term, log.Behind, committed, now, _effects);

    public void OnDeposed() => _core.OnDeposed();

    public void OnCommitted(Block block, MonotonicTime now) => _core.OnCommitted(block.Height, block.Bytes.Length, now, _effects);

    public void OnTime(MonotonicTime now) => _core.OnTime(now, _effects);

    public void OnAnswered(StoreAnswered answered, MonotonicTime now)
    {
        switch (answered.Failure)
        {
            case null:
                if (_core.Failure is not null) LogWell(scope, answered.Height);
                _core.OnHeight(answered.Term, answered.Height, log.Start.Height, height => log.Read(height).Bytes.Length, now, _effects);
                break;
            case FencedException fenced when fenced.CurrentTerm > answered.Term:
                // It is asked again until the view says so too: should that never come, this says so.
                _core.OnFailed(answered.Term, fenced.Message, now);
                cluster.Pull(fenced.CurrentTerm);
                break;
            default:
                if (_core.Failure is null) LogFailed(scope, answered.Failure.Message);
                _core.OnFailed(answered.Term, answered.Failure.Message, now);
                break;
        }
    }

    /// <summary>Carries out what the core asks for.</summary>
    /// <returns>True when the log must not be served any more.</returns>
    public bool Perform(MonotonicTime now)
    {
        var isRefused = false;
        foreach (var effect in _effects)
        {
            switch (effect)
            {
                case WriteBehindEffect.Raise(var term):
                    writer.Tell(new RaiseBehind(term));
                    break;
                case WriteBehindEffect.Write(var term, var after, var to):
                    writer.Tell(new WriteBlocks(term, after, Blocks(after, to)));
                    break;
                case WriteBehindEffect.Reached(var height):
                    log.OnWrittenBehind(height, now);
                    break;
                case WriteBehindEffect.Refuse(var why):
                    LogRefused(scope, why);
                    isRefused = true;
                    break;
            }
        }
        _effects.Clear();
        return isRefused;
    }

    private ImmutableArray<Block> Blocks(long after, long to)
    {
        var blocks = ImmutableArray.CreateBuilder<Block>((int)(to - after));
        for (var height = after + 1; height <= to; height++) blocks.Add(log.Read(height));
        return blocks.MoveToImmutable();
    }

    [LoggerMessage(EventId = 3331, Level = LogLevel.Warning, Message =
        "{Scope} is not written behind at the moment, and tries again; units go on until lag-blocks-max or lag-bytes-max is reached: {Why}")]
    private partial void LogFailed(string scope, string why);

    [LoggerMessage(EventId = 3332, Level = LogLevel.Information, Message = "{Scope} is written behind again, from height {Height} on")]
    private partial void LogWell(string scope, long height);

    [LoggerMessage(EventId = 3333, Level = LogLevel.Critical, Message =
        "{Scope} is not served: {Why}. Put the right persistent store in place, or let a node lead whose log reaches further back, then restart this node")]
    private partial void LogRefused(string scope, string why);
}
