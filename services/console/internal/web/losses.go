package web

import "github.com/forewarn/forewarn/services/console/internal/pipeline"

// LossName says what was lost, refused or not understood.
func (s speaker) LossName(l pipeline.Loss) string {
	switch l.Metric {
	case "forewarn_collector_malformed_lines_total":
		return s.Say("lines of targets that were not understood", "无法解析的采集行")
	case "forewarn_collector_samples_refused_total":
		return s.Say("samples refused from their source", "在来源处被拒绝的采样")
	case "forewarn_collector_samples_lost_total":
		return s.Say("samples lost: neither bus nor spool took them", "丢失的采样：总线与本地缓存均无法写入")
	case "forewarn_bus_spool_dropped_total":
		return s.Say("oldest batches dropped from a full spool", "本地缓存已满而丢弃的最早批次")
	case "forewarn_bus_spool_corrupt_total":
		return s.Say("damaged files of a spool, set aside", "已搁置的损坏缓存文件")
	case "forewarn_bus_spool_failures_total":
		return s.Say("batches that neither bus nor spool took", "总线与本地缓存均无法写入的批次")
	case "forewarn_bus_lost_messages_total":
		return s.Say("messages that were gone before they were read", "读取前已被清除的消息")
	case "forewarn_bus_poison_total":
		return s.Say("messages that could not be processed", "无法处理的消息")
	case "forewarn_trend_samples_ignored_total":
		return s.Say("samples that taught nothing", "未用于学习的采样")
	case "forewarn_historian_malformed_batches_total":
		return s.Say("batches that history could not read", "历史存储无法解析的批次")
	case "forewarn_historian_samples_total":
		return s.Say("samples that history did not take", "历史存储未接收的采样")
	}
	return s.Plain(l.Metric)
}

// Grouped writes a count with its thousands apart.
func (s speaker) Grouped(v float64) string { return grouped(v) }

// Number is Grouped for whole numbers.
func (s speaker) Number(n uint64) string { return grouped(float64(n)) }

// Size writes a number of bytes.
func (s speaker) Size(n int) string { return s.Amount(float64(n), "bytes") }
