using System.Collections.Immutable;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>The sending end of one flow: opens it, keeps a window of items under way, sends again what stays unanswered.</summary>
/// <remarks>
/// Sans-IO. Model: messages are lost, late, doubled and reordered; the receiver may crash and come back from its events; another sender
/// may have taken over without this one knowing.
/// It remembers nothing that matters: the receiver's answer to the opening says where to go on (rule 29 of SAFETY part 1). An item it saw
/// acknowledged under its fence stands in the receiver's journal at the sequence it gave.
/// Go-back-N: a gap rewinds once, silence for <see cref="FlowSettings.ResendAfter"/> sends the oldest batch alone until an answer comes, so
/// an absent receiver is asked, not flooded.
/// </remarks>
public sealed class FlowSender
{
    private readonly string _flow;
    private readonly int _sender;
    private readonly FlowSettings _settings;
    private readonly FlowWindow _window = new();

    private FlowFence _fence;
    private bool _isMuted;
    private long _next;
    private long _unsent;
    private long _rewoundTo;
    private bool _isProbing;
    private FlowPace _pace;
    private MonotonicTime _silentSince;
    private MonotonicTime _notedAt;
    private MonotonicTime _pollAt;
    private long _readId;
    private long _readOffset;
    private bool _isReading;
    private bool _isAtEnd;

    /// <param name="sender">Index in the flow's list of senders.</param>
    public FlowSender(string flow, int sender, FlowSettings settings)
    {
        (_flow, _sender, _settings) = (flow, sender, settings);
        _pace = new FlowPace(settings.ItemsPerSecond);
    }

    public FlowSenderPhase Phase { get; private set; }

    public FlowFence Fence => _fence;

    /// <summary>Items the receiver has acknowledged, of earlier senders too; 0 until it answered the opening.</summary>
    public long Position => Phase is FlowSenderPhase.Idle or FlowSenderPhase.Opening ? 0 : _window.First - 1;

    /// <summary>Offset after the newest acknowledged item.</summary>
    public long SourceOffset { get; private set; }

    /// <summary>When to call <see cref="OnTime"/>; null while nothing waits for time. May change with every call.</summary>
    public MonotonicTime? Deadline
    {
        get
        {
            if (_isMuted) return null;
            switch (Phase)
            {
                case FlowSenderPhase.Opening or FlowSenderPhase.Ending:
                    return _silentSince + _settings.ResendAfter;
                case FlowSenderPhase.Streaming:
                    MonotonicTime? deadline = _unsent > _window.First ? _silentSince + _settings.ResendAfter : null;
                    if (!_isProbing && _unsent < _window.End && _next == _unsent) deadline = Earlier(deadline, _pace.Deadline);
                    return IsHungry ? Earlier(deadline, _pollAt) : deadline;
                default:
                    return null;
            }
        }
    }

    private bool IsHungry =>
        !_isReading && !_isAtEnd && _window.Count <= _settings.WindowItems / 2 && _window.Bytes <= _settings.WindowBytes / 2;

    /// <summary>The view says that this unit is the active sender, and nothing keeps it from sending.</summary>
    /// <param name="fence">Above every fence this unit used before.</param>
    public void Start(FlowFence fence, MonotonicTime now, List<FlowSenderEffect> effects)
    {
        if (Phase != FlowSenderPhase.Idle && fence <= _fence) return;
        _notedAt = now;
        Open(fence, now, effects);
    }

    /// <summary>The view says that this unit does not send; or it stops.</summary>
    public void Stop(List<FlowSenderEffect> effects)
    {
        if (Phase is FlowSenderPhase.Streaming or FlowSenderPhase.Ending) Note(effects);
        Phase = FlowSenderPhase.Idle;
        Forget(1);
    }

    /// <summary>The node's mute switch has closed or opened. While it is closed nothing leaves; nothing is forgotten.</summary>
    public void OnSwitch(bool isOpen, MonotonicTime now, List<FlowSenderEffect> effects)
    {
        if (_isMuted == !isOpen) return;
        _isMuted = !isOpen;
        if (isOpen) Probe(now, effects);
    }

    /// <summary>The receiver has moved: what is under way may be lost, so ask at once instead of waiting for silence.</summary>
    public void OnReceiverMoved(MonotonicTime now, List<FlowSenderEffect> effects)
    {
        if (Phase is FlowSenderPhase.Opening or FlowSenderPhase.Ending || _unsent > _window.First) Probe(now, effects);
    }

    /// <summary>Takes in an answer of the receiver; those to other fences are ignored.</summary>
    public void OnMessage(FlowMessage message, MonotonicTime now, List<FlowSenderEffect> effects)
    {
        if (message.Fence != _fence || Phase is FlowSenderPhase.Idle or FlowSenderPhase.Completed) return;
        switch (message)
        {
            case FlowMessage.OpenAnswer answer when Phase == FlowSenderPhase.Opening:
                OnOpenAnswer(answer, now, effects);
                break;
            case FlowMessage.Acknowledged acknowledged when Phase != FlowSenderPhase.Opening:
                OnAcknowledged(acknowledged, now, effects);
                break;
            case FlowMessage.Refused refused:
                OnRefused(refused, now, effects);
                break;
        }
    }

    /// <summary>The source has answered.</summary>
    /// <param name="id">Id of the read; an answer to another one is dropped.</param>
    /// <param name="items">At or above the offset asked for, in order; empty when there is nothing at the moment.</param>
    /// <param name="nextOffset">Where to read on.</param>
    /// <param name="isEnd">Nothing will ever follow.</param>
    public void OnRead(
        long id, IReadOnlyList<FlowItem> items, long nextOffset, bool isEnd, MonotonicTime now, List<FlowSenderEffect> effects)
    {
        if (id != _readId || !_isReading) return;
        foreach (var item in items)
        {
            Invariant.Holds(item.SourceOffset >= _readOffset);
            _readOffset = item.SourceOffset + 1;
            _window.Append(item);
        }
        (_isReading, _isAtEnd) = (false, isEnd);
        _readOffset = Math.Max(_readOffset, nextOffset);
        _pollAt = items.Count > 0 ? now : now + _settings.PollEvery;
        Pump(now, effects);
    }

    /// <summary>The source could not be read; it is asked again after <see cref="FlowSettings.PollEvery"/>.</summary>
    public void OnReadFailed(long id, MonotonicTime now)
    {
        if (id != _readId) return;
        (_isReading, _pollAt) = (false, now + _settings.PollEvery);
    }

    /// <summary>Takes in the passing of time.</summary>
    public void OnTime(MonotonicTime now, List<FlowSenderEffect> effects)
    {
        if (Deadline is not { } deadline || now < deadline) return;
        var isSilent = now - _silentSince >= _settings.ResendAfter;
        var isWaiting = Phase != FlowSenderPhase.Streaming || _unsent > _window.First;
        if (isSilent && isWaiting) Probe(now, effects);
        else Pump(now, effects);
    }

    private static MonotonicTime? Earlier(MonotonicTime? left, MonotonicTime? right) =>
        left is null || right < left ? right ?? left : left;

    private void Open(FlowFence fence, MonotonicTime now, List<FlowSenderEffect> effects)
    {
        (Phase, _fence) = (FlowSenderPhase.Opening, fence);
        Forget(1);
        Probe(now, effects);
    }

    private void Reopen(long attempt, MonotonicTime now, List<FlowSenderEffect> effects) =>
        Open(_fence with { Attempt = Math.Max(attempt, _fence.Attempt) + 1 }, now, effects);

    private void Forget(long first)
    {
        _window.Reset(first);
        (_next, _unsent, _rewoundTo, _isProbing) = (first, first, 0, false);
        (_isReading, _isAtEnd) = (false, false);
        _readId++;
    }

    private void OnOpenAnswer(FlowMessage.OpenAnswer answer, MonotonicTime now, List<FlowSenderEffect> effects)
    {
        Forget(answer.Position + 1);
        SourceOffset = _readOffset = answer.SourceOffset;
        Phase = answer.IsCompleted ? FlowSenderPhase.Completed : FlowSenderPhase.Streaming;
        _pace.Reset(now);
        _pollAt = _silentSince = now;
        Pump(now, effects);
    }

    private void OnAcknowledged(FlowMessage.Acknowledged acknowledged, MonotonicTime now, List<FlowSenderEffect> effects)
    {
        if (acknowledged.Position >= _unsent)
        {
            // The receiver has more than was sent under this fence: ask again where it stands instead of guessing.
            Reopen(_fence.Attempt, now, effects);
            return;
        }
        if (acknowledged.Position >= _window.First)
        {
            SourceOffset = _window[acknowledged.Position].SourceOffset + 1;
            _window.DropThrough(acknowledged.Position);
            _next = Math.Max(_next, _window.First);
            (_isProbing, _silentSince, _rewoundTo) = (false, now, 0);
        }
        if (acknowledged.IsCompleted) Phase = FlowSenderPhase.Completed;
        if (acknowledged.IsCompleted || now - _notedAt >= _settings.ProgressEvery)
        {
            _notedAt = now;
            Note(effects);
        }
        Pump(now, effects);
    }

    private void OnRefused(FlowMessage.Refused refused, MonotonicTime now, List<FlowSenderEffect> effects)
    {
        switch (refused.Why)
        {
            case FlowRefusal.Gap:
                OnGap(refused.Expected, now, effects);
                break;
            case FlowRefusal.OpenFirst:
                Reopen(_fence.Attempt, now, effects);
                break;
            case FlowRefusal.Fenced when refused.Current > _fence && refused.Current with { Attempt = _fence.Attempt } == _fence:
                // An earlier life of this unit used higher attempts: the machine's clock stepped back.
                Reopen(refused.Current.Attempt, now, effects);
                break;
            case FlowRefusal.Fenced when refused.Current > _fence:
                Stop(effects);
                break;
            case FlowRefusal.Fenced or FlowRefusal.Muted or FlowRefusal.NotActive:
                // One of the two views is behind. If it is this node's, the new view stops this unit; if not, asking again will do.
                (Phase, _silentSince) = (FlowSenderPhase.Opening, now);
                _fence = _fence with { Attempt = _fence.Attempt + 1 };
                Forget(1);
                break;
            case FlowRefusal.Completed:
                Phase = FlowSenderPhase.Completed;
                break;
            default:
                Stop(effects);
                effects.Add(new FlowSenderEffect.Fail(refused));
                break;
        }
    }

    private void OnGap(long expected, MonotonicTime now, List<FlowSenderEffect> effects)
    {
        if (expected < _window.First) return; // late: acknowledged meanwhile
        if (expected > _unsent)
        {
            Reopen(_fence.Attempt, now, effects);
            return;
        }
        if (_isProbing || expected == _rewoundTo) return; // every batch behind the missing one reports the same gap
        (_next, _rewoundTo) = (expected, expected);
        if (Phase == FlowSenderPhase.Ending) Phase = FlowSenderPhase.Streaming;
        Pump(now, effects);
    }

    /// <summary>Says again what is the oldest thing unanswered, alone.</summary>
    private void Probe(MonotonicTime now, List<FlowSenderEffect> effects)
    {
        if (_isMuted) return;
        _silentSince = now;
        switch (Phase)
        {
            case FlowSenderPhase.Opening:
                effects.Add(new FlowSenderEffect.Send(new FlowMessage.Open(_flow, _fence, _sender)));
                break;
            case FlowSenderPhase.Ending:
                effects.Add(new FlowSenderEffect.Send(new FlowMessage.End(_flow, _fence, _sender, _window.First - 1)));
                break;
            case FlowSenderPhase.Streaming:
                _isProbing = _unsent > _window.First;
                _rewoundTo = 0;
                _next = _window.First;
                if (_isProbing) SendBatch(_unsent, effects);
                else Pump(now, effects);
                break;
        }
    }

    private void Pump(MonotonicTime now, List<FlowSenderEffect> effects)
    {
        if (_isMuted || Phase != FlowSenderPhase.Streaming) return;

        while (!_isProbing && _next < _window.End)
        {
            var end = _next < _unsent ? _unsent : _unsent + Math.Min(_pace.Allowance(now), _window.End - _unsent);
            if (end == _next) break;
            if (_next == _window.First) _silentSince = now;
            SendBatch(end, effects);
        }
        if (_isAtEnd && _window.Count == 0)
        {
            Phase = FlowSenderPhase.Ending;
            Probe(now, effects);
        }
        else if (IsHungry && now >= _pollAt)
        {
            _isReading = true;
            var items = _settings.WindowItems - _window.Count;
            var bytes = (int)(_settings.WindowBytes - _window.Bytes);
            effects.Add(new FlowSenderEffect.Read(++_readId, _readOffset, items, bytes));
        }
    }

    /// <summary>One message with items from the next one on, none at or after <paramref name="end"/>.</summary>
    private void SendBatch(long end, List<FlowSenderEffect> effects)
    {
        var batch = ImmutableArray.CreateBuilder<FlowItem>((int)Math.Min(end - _next, _settings.BatchItems));
        var (first, bytes) = (_next, 0L);
        while (_next < end && batch.Count < _settings.BatchItems)
        {
            var item = _window[_next];
            bytes += item.Bytes.Length;
            if (batch.Count > 0 && bytes > _settings.BatchBytes) break;
            batch.Add(item);
            _next++;
        }
        if (_next > _unsent)
        {
            _pace.Pay((int)(_next - _unsent));
            _unsent = _next;
        }
        effects.Add(new FlowSenderEffect.Send(new FlowMessage.Items(_flow, _fence, _sender, first, batch.DrainToImmutable())));
    }

    private void Note(List<FlowSenderEffect> effects) =>
        effects.Add(new FlowSenderEffect.Note(_fence.Term, _window.First - 1, SourceOffset));
}
