using Xunit;

namespace ActorRuntime.ProcessTests.Net;

/// <summary>What a link decides, without a network.</summary>
public sealed class LinkTests
{
    private const int Frames = 10_000;
    private const long EveryMicroseconds = 1000;

    [Fact]
    public void Same_seed_same_fates() => Assert.Equal(Run(7, Rough), Run(7, Rough));

    [Fact]
    public void Another_seed_another_fate() => Assert.NotEqual(Run(7, Rough), Run(8, Rough));

    [Fact]
    public void What_becomes_of_a_frame_does_not_depend_on_those_before_it()
    {
        var link = new Link(7) { Settings = LinkSettings.Cut };
        for (var i = 0; i < Frames / 2; i++) Assert.Equal(0, link.Take(100, i * EveryMicroseconds).Copies);
        link.Settings = Rough;
        var after = Enumerable.Range(Frames / 2, Frames / 2).Select(i => link.Take(100, i * EveryMicroseconds));
        Assert.Equal(Run(7, Rough).Skip(Frames / 2), after);
    }

    [Fact]
    public void Loss_duplication_and_delays_are_as_set()
    {
        var fates = Run(1, Rough);
        Assert.InRange(fates.Count(fate => fate.Copies == 0), 0.28 * Frames, 0.32 * Frames);
        Assert.InRange(fates.Count(fate => fate.Copies == 2), 0.06 * Frames, 0.08 * Frames); // A tenth of what is not lost.
        var delays = fates.Select((fate, i) => (fate, i)).Where(one => one.fate.Copies > 0).Select(one => one.fate.First - (one.i * EveryMicroseconds)).ToList();
        Assert.All(delays, delay => Assert.InRange(delay, 100_000, 300_000));
        Assert.InRange(delays.Average(), 190_000, 210_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Frames_overtake_each_other_only_where_they_may(bool may)
    {
        var due = Run(1, Rough with { Reorders = may }).Where(fate => fate.Copies > 0).Select(fate => fate.First).ToList();
        Assert.Equal(may, due.Zip(due.Skip(1)).Any(two => two.Second < two.First));
    }

    [Fact]
    public void Cap_lets_through_its_rate_and_loses_what_does_not_fit_its_queue()
    {
        var link = new Link(1) { Settings = new() { BytesPerSecond = 50_000, QueueBytes = 10_000 } };
        // 100 bytes every millisecond: twice the cap.
        var fates = Enumerable.Range(0, Frames).Select(i => link.Take(100, i * EveryMicroseconds)).ToList();
        Assert.InRange(fates.Count(fate => fate.Copies == 1), 0.49 * Frames, 0.52 * Frames);
        var last = fates.FindLastIndex(fate => fate.Copies == 1);
        Assert.InRange(fates[last].First - (last * EveryMicroseconds), 190_000, 210_000); // A full queue takes 200 ms.
    }

    [Fact]
    public void Frames_are_told_apart()
    {
        var frame = new byte[60];
        (frame[0], frame[5], frame[12], frame[13], frame[14 + 9]) = (2, 3, 8, 0, 17);
        Assert.True(Frame.TryRead(frame, out var to, out var channel));
        Assert.Equal((3, FrameClass.Signal), (to, channel));
        frame[14 + 9] = 6;
        Assert.True(Frame.TryRead(frame, out _, out channel));
        Assert.Equal(FrameClass.Data, channel);
        frame[14 + 9] = 1; // A ping.
        Assert.False(Frame.TryRead(frame, out _, out _));
        Assert.False(Frame.TryRead(frame.AsSpan(0, 20), out _, out _));
        frame[0] = 0xFF;
        Assert.False(Frame.TryRead(frame, out _, out _));
    }

    private static LinkSettings Rough { get; } = new()
    {
        Loss = 0.3, Duplication = 0.1, Reorders = true, DelayMin = TimeSpan.FromMilliseconds(100), DelayMax = TimeSpan.FromMilliseconds(300),
    };

    private static List<Fate> Run(int seed, LinkSettings settings)
    {
        var link = new Link(seed) { Settings = settings };
        return [.. Enumerable.Range(0, Frames).Select(i => link.Take(100, i * EveryMicroseconds))];
    }
}
